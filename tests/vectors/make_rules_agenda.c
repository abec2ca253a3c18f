/* Agenda items and notifications, and what they come to; days and reminders. */
#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "proto/rules/deadline.h"
#include "tests/vectors/rules_story.h"

#define EDIT(title, of)   ITEM(title, ",'supersedes':[" of "]")
#define SHARED(title, of) ITEM(title, ",'coEditors':['GM0437'],'supersedes':[" of "]")
#define SECRET(title, rest)                                                                        \
    ITEM(title, ",'disclosure':'secret','secrecyGround':'W','imposedBy':'college','liftableBy':'"  \
                "raad'" rest)
#define CANCELLED(title, of) ITEM(title, ",'status':'cancelled','supersedes':[" of "]")

static const struct story agenda_stories[] = {
    {.name = "an item, moved and then cancelled",
     .events = {{0, 2, "2026-03-01", ITEM("Overleg", ""), 0},
                {0, 3, "2026-03-02", EDIT("Overleg, verplaatst", "'$e002'"), 0},
                {0, 4, "2026-03-03", CANCELLED("Overleg, vervallen", "'$e003'"), 0}}},
    {.name = "edits beside each other: the greatest event wins, the other is a conflict",
     .events = {{0, 2, "2026-03-01", ITEM("Overleg", ",'coEditors':['GM0437']"), 0},
                {0, 3, "2026-03-02", SHARED("Van Diemen", "'$e002'"), 0},
                {1, 2, "2026-03-02", EDIT("Van Ouder-Amstel", "'$e002'"), 0}}},
    {.name = "most edits win, whoever made them",
     .events = {{0, 2, "2026-03-01", ITEM("Overleg", ",'coEditors':['GM0437']"), 0},
                {0, 3, "2026-03-02", SHARED("Van Diemen", "'$e002'"), 0},
                {0, 4, "2026-03-02", SHARED("Nog eens van Diemen", "'$e003'"), 0},
                {1, 2, "2026-03-02", EDIT("Van Ouder-Amstel", "'$e002'"), 0}}},
    {.name = "an edit that supersedes both ends the conflict",
     .events = {{0, 2, "2026-03-01", ITEM("Overleg", ",'coEditors':['GM0437']"), 0},
                {0, 3, "2026-03-02", SHARED("Van Diemen", "'$e002'"), 0},
                {1, 2, "2026-03-02", EDIT("Van Ouder-Amstel", "'$e002'"), 0},
                {1, 3, "2026-03-03", EDIT("Samen", "'$e003','$e102'"), 0}}},
    {.name = "who may not edit: a stranger, one no longer named, one named by a co-editor",
     .events = {{0, 2, "2026-03-01", ITEM("Overleg", ",'coEditors':['GM0437']"), 0},
                {2, 2, "2026-03-02", EDIT("Van Uithoorn", "'$e002'"), 0},
                {1, 2, "2026-03-02",
                 ITEM("Van Ouder-Amstel", ",'coEditors':['GM0451'],'supersedes':['$e002']"), 0},
                {2, 3, "2026-03-03", EDIT("Weer van Uithoorn", "'$e102'"), 0},
                {0, 3, "2026-03-04", EDIT("Alleen nog van Diemen", "'$e102'"), 0},
                {1, 3, "2026-03-05", EDIT("Te laat", "'$e003'"), 0}}},
    {.name = "one item_id of two organisations is two items, and nothing supersedes both",
     .events = {{0, 2, "2026-03-01", ITEM("Van Diemen", ",'coEditors':['GM0437']"), 0},
                {1, 2, "2026-03-01", ITEM("Van Ouder-Amstel", ""), 0},
                {1, 3, "2026-03-02", EDIT("Van beide", "'$e002','$e102'"), 0},
                {1, 4, "2026-03-02", EDIT("Daarna", "'$e103'"), 0},
                {1, 5, "2026-03-02", EDIT("Een van hen", "'$e102','$e103'"), 0}}},
    {.name = "edits that name each other, one that follows them, and one of what is not known",
     .events = {{0, 2, "2026-03-01", ITEM("Overleg", ""), 0},
                {0, 3, "2026-03-02", EDIT("A", "'$e002','$e004'"), 0},
                {0, 4, "2026-03-02", EDIT("B", "'$e003'"), 0},
                {0, 5, "2026-03-02", EDIT("C", "'$e002','$e004'"), 0},
                {0, 6, "2026-03-02", EDIT("D", "'$e019'"), 0},
                {0, 7, "2026-03-02", EDIT("E", "'$e002','$e019'"), 0}}},
    {.name = "one id with two contents: both stay until an edit supersedes them",
     .events = {{0, 2, "2026-03-01", ITEM("Overleg", ""), 0},
                {0, 3, "2026-03-02", EDIT("Zo", "'$e002'"), 0},
                {0, 4, "2026-03-02", EDIT("Of zo", "'$e002'"), 3}}},
    {.name = "secrecy lifted after many edits: the winner is that of those who never saw them",
     .events = {{0, 2, "2026-03-01", SECRET("Geheim", ""), 0},
                {0, 3, "2026-03-02", SECRET("Geheimer", ",'supersedes':['$e002']"), 0},
                {0, 4, "2026-03-03", SECRET("Geheimst", ",'supersedes':['$e003']"), 0},
                {0, 5, "2026-03-04", ITEM("Openbaar", ",'coEditors':['GM0437']"), 0},
                {1, 2, "2026-03-05", EDIT("Van Ouder-Amstel", "'$e005'"), 0},
                {0, 6, "2026-03-05", SHARED("Van Diemen", "'$e004','$e005'"), 0}}},
    {.name = "secrecy lifted, and what was secret not replaced yet",
     .events = {{0, 2, "2026-03-01", SECRET("Geheim", ""), 0},
                {0, 3, "2026-03-02", SECRET("Geheimer", ",'supersedes':['$e002']"), 0},
                {0, 4, "2026-03-04", ITEM("Openbaar", ""), 0}}},
    {.name = "what is secret replaces nothing that others know, and leads them nowhere",
     .events = {{0, 2, "2026-03-01", ITEM("Openbaar", ",'coEditors':['GM0437']"), 0},
                {0, 3, "2026-03-02",
                 SECRET("Geheim", ",'coEditors':['GM0451'],'supersedes':['$e002']"), 0},
                {0, 4, "2026-03-03", EDIT("Alleen op het geheime", "'$e003'"), 0},
                {2, 2, "2026-03-03", EDIT("Op beide", "'$e002','$e003'"), 0},
                {1, 2, "2026-03-04", EDIT("Van Ouder-Amstel", "'$e002'"), 0}}},
    {.name = "secret edits beside each other, and a circle that nobody else sees",
     .events = {{0, 2, "2026-03-01", SECRET("Geheim", ""), 0},
                {0, 3, "2026-03-02", SECRET("A", ",'supersedes':['$e002']"), 0},
                {0, 4, "2026-03-02", SECRET("B", ",'supersedes':['$e002','$e006']"), 0},
                {0, 5, "2026-03-03", ITEM("Openbaar", ""), 0},
                {0, 6, "2026-03-03", EDIT("Openbaar, nader", "'$e004','$e005'"), 0}}},
    {.name = "begun twice, an impossible date, and an end before the start",
     .events = {{0, 2, "2026-03-01", ITEM("Overleg", ""), 0},
                {0, 3, "2026-03-02", ITEM("Overleg, nog eens", ""), 0},
                {0, 4, "2026-03-02",
                 "{'agendaItem':{'itemId':'$u1','kind':'meeting','title':'X','date':'2026-02-29',"
                 "'supersedes':['$e002']}}",
                 0},
                {0, 5, "2026-03-02",
                 "{'agendaItem':{'itemId':'$u1','kind':'meeting','title':'X','start':"
                 "'2026-03-12T20:00','end':'2026-03-12T19:00','supersedes':['$e002']}}",
                 0}}},
};

json_t *make_rules_agenda(struct sb_arena *arena)
{
    json_t *root = object_about("what was said under one item_id, and the items that it gives");
    json_t *list = put_list(root, "items");
    (void)arena;
    for (size_t i = 0; i < sizeof agenda_stories / sizeof *agenda_stories; i++) {
        json_array_append_new(list, story_case(&agenda_stories[i], STORY_AGENDA));
    }
    return root;
}

static const struct story notification_stories[] = {
    {.name = "acknowledged by one of two, and by somebody who was not asked",
     .events = {{0, 2, "2026-03-01",
                 NOTICE("Onderhoud", ",'addressees':['GM0451','GM0437'],'requiresAcknowledgement':"
                                     "true,'expires':'2026-03-05T00:00:00+01:00'"),
                 0},
                {1, 2, "2026-03-02", NOTED(""), 0},
                {1, 3, "2026-03-03", NOTED(",'text':'Nog eens gezien'"), 0},
                {0, 3, "2026-03-03", NOTED(""), 0}},
     .at = {"2026-03-04T22:59:59.999Z", "2026-03-04T23:00:00Z"}},
    {.name = "to everybody, and nobody need say that they know",
     .events = {{0, 2, "2026-03-01", NOTICE("Onderhoud", ""), 0},
                {2, 2, "2026-03-02", NOTED(",'text':'Dank'"), 0},
                {0, 3, "2026-03-03", NOTED(""), 0}},
     .at = {"2026-03-04T00:00:00Z"}},
    {.name = "an acknowledgement of what is not known",
     .events = {{1, 2, "2026-03-02", NOTED(""), 0}},
     .at = {"2026-03-04T00:00:00Z"}},
    {.name = "said again with another text, then twice beside each other",
     .chains = {{"GM0384", 1, NULL, 0, 0}, {"GM0384", 2, "0.3", 0, 0}},
     .events = {{0, 2, "2026-03-01", NOTICE("Eerst", ""), 0},
                {0, 3, "2026-03-01", NOTICE("Dan", ""), 0},
                {0, 4, "2026-03-02", NOTICE("Zo", ""), 0},
                {1, 2, "2026-03-02", NOTICE("Of zo", ""), 0}},
     .at = {"2026-03-04T00:00:00Z"}},
};

json_t *make_rules_notification(struct sb_arena *arena)
{
    json_t *root = object_about("a notification and its acknowledgements, and the view at a time");
    json_t *list = put_list(root, "notifications");
    (void)arena;
    for (size_t i = 0; i < sizeof notification_stories / sizeof *notification_stories; i++) {
        json_array_append_new(list, story_case(&notification_stories[i], STORY_NOTIFICATION));
    }
    return root;
}

/* ---- days */

static void add_days(json_t *list)
{
    static const char *const times[] = {
        "2026-01-01T22:59:59.999Z", "2026-01-01T23:00:00Z", "2026-03-28T22:59:59Z",
        "2026-03-28T23:00:00Z",     "2026-03-29T00:59:59Z", "2026-03-29T21:59:59Z",
        "2026-03-29T22:00:00Z",     "2026-10-24T22:00:00Z", "2026-10-25T21:59:59Z",
        "2026-10-25T22:59:59Z",     "2026-10-25T23:00:00Z", "2024-02-28T23:00:00Z",
        "1970-01-01T00:00:00Z",     "1969-12-31T22:59:59Z", "0001-01-01T00:00:00Z",
        "9999-12-31T22:59:59.999Z", "2100-02-28T23:30:00Z", "2023-03-26T01:00:00Z"};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        json_t *one = add_case(list, times[i]);
        struct sb_time time;
        char day[SB_DATE_TEXT_MAX], words[SB_DATE_WORDS_MAX];
        bool ok = sb_time_parse(&time, times[i], strlen(times[i]));
        assert(ok);
        sb_date_format(day, sb_date_of(time));
        sb_date_words(words, sb_date_of(time));
        put_text(one, "day", day);
        put_text(one, "words", words);
    }
}

static void add_weeks(json_t *list)
{
    static const struct {
        const char *receipt;
        unsigned weeks;
    } all[] = {{"2015-10-01", 8}, {"2023-12-20", 12}, {"2024-01-04", 8}, {"2026-02-28", 0}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        json_t *one = add_case(list, all[i].receipt);
        char day[SB_DATE_TEXT_MAX];
        struct sb_bytes text = {(const uint8_t *)all[i].receipt, strlen(all[i].receipt)};
        sb_date_format(day, sb_date_after_weeks(sb_date_read(text), all[i].weeks));
        put_number(one, "weeks", all[i].weeks);
        put_text(one, "deadline", day);
    }
}

static void add_reminders(json_t *list)
{
    static const char *const orgs[] = {"GM0437", "GM0451"};
    for (size_t i = 0; i < sizeof orgs / sizeof *orgs; i++) {
        struct sb_reference decision = {org_of("GM0384"), uuid_of(1)};
        struct sb_reference revision = {org_of("GM0384"), uuid_of(2)};
        struct sb_org org = org_of(orgs[i]);
        struct sb_uuid id = sb_deadline_reminder_id(&decision, &revision, &org);
        char text[SB_UUID_TEXT_MAX], reference[SB_ORG_MAX + 1 + SB_UUID_TEXT_MAX];
        json_t *one = add_case(list, orgs[i]);
        sb_uuid_format(text, &decision.id);
        (void)snprintf(reference, sizeof reference, "GM0384/%s", text);
        put_text(one, "decision", reference);
        sb_uuid_format(text, &revision.id);
        (void)snprintf(reference, sizeof reference, "GM0384/%s", text);
        put_text(one, "revision", reference);
        sb_uuid_format(text, &id);
        put_text(one, "id", text);
    }
}

json_t *make_rules_dates(struct sb_arena *arena)
{
    json_t *root = object_about("the day of an instant in Europe/Amsterdam, and how it is written; "
                                "deadlines by weeks; ids of reminders");
    (void)arena;
    add_days(put_list(root, "days"));
    add_weeks(put_list(root, "weeks"));
    add_reminders(put_list(root, "reminders"));
    return root;
}
