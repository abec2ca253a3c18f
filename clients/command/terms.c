/* The table of words; see terms.h. Columns of the tables that are printed are counted in bytes:
 * both languages keep to ASCII here. */
#include "clients/command/terms.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct term {
    enum sb_terms of;
    const char *word, *english, *dutch;
};

static const struct term TERMS[] = {
    {SB_TERM_POSITION, "in_favour", "in favour", "voor"},
    {SB_TERM_POSITION, "in_favour_with_conditions", "in favour with conditions",
     "voor, onder voorwaarden"},
    {SB_TERM_POSITION, "against", "against", "tegen"},
    {SB_TERM_POSITION, "consent_withheld", "consent withheld", "toestemming onthouden"},
    {SB_TERM_POSITION, "view_submitted", "view submitted", "zienswijze ingediend"},
    {SB_TERM_POSITION, "no_view", "no view", "geen zienswijze"},
    {SB_TERM_POSITION, "abstained", "abstained", "onthouden"},
    {SB_TERM_POSITION, "deferred", "deferred", "aangehouden"},
    {SB_TERM_POSITION, "not_taken", "not taken", "niet ingenomen"},
    {SB_TERM_POSITION, "information_only", "information only", "ter informatie"},

    {SB_TERM_STATE, "counted", "counted", "telt mee"},
    {SB_TERM_STATE, "stale", "stale", "over een oudere tekst"},
    {SB_TERM_STATE, "late", "late", "te laat"},
    {SB_TERM_STATE, "superseded", "superseded", "vervangen"},
    {SB_TERM_STATE, "unclear", "unclear", "onduidelijk"},
    {SB_TERM_STATE, "ignored", "ignored", "telt niet"},
    {SB_TERM_STATE, "missing", "missing", "ontbreekt"},

    {SB_TERM_OUTCOME, "open", "open", "open"},
    {SB_TERM_OUTCOME, "adopted", "adopted", "vastgesteld"},
    {SB_TERM_OUTCOME, "adopted_with_conditions", "adopted with conditions",
     "vastgesteld onder voorwaarden"},
    {SB_TERM_OUTCOME, "not_adopted", "not adopted", "niet vastgesteld"},
    {SB_TERM_OUTCOME, "lapsed", "lapsed", "vervallen"},
    {SB_TERM_OUTCOME, "withdrawn", "withdrawn", "ingetrokken"},
    {SB_TERM_OUTCOME, "superseded", "superseded", "opgevolgd"},
    {SB_TERM_OUTCOME, "unclear", "unclear", "onduidelijk"},

    {SB_TERM_RULE, "consultation", "consultation", "raadpleging"},
    {SB_TERM_RULE, "consent_all", "consent of all", "toestemming van allen"},
    {SB_TERM_RULE, "majority", "majority", "meerderheid"},
    {SB_TERM_RULE, "two_thirds", "two thirds", "twee derde"},
    {SB_TERM_RULE, "weighted", "weighted votes", "gewogen stemmen"},

    {SB_TERM_BODY, "council", "council", "raad"},
    {SB_TERM_BODY, "college", "college", "college van B en W"},
    {SB_TERM_BODY, "mayor", "mayor", "burgemeester"},
    {SB_TERM_BODY, "board", "board", "bestuur"},
    {SB_TERM_BODY, "portfolio_holders", "portfolio holders", "portefeuillehouders"},
    {SB_TERM_BODY, "other", "other body", "ander orgaan"},

    {SB_TERM_AGENDA, "meeting", "meeting", "vergadering"},
    {SB_TERM_AGENDA, "item", "agenda item", "agendapunt"},
    {SB_TERM_AGENDA, "deadline", "deadline", "termijn"},
    {SB_TERM_AGENDA, "forward_agenda", "forward agenda", "termijnagenda"},
    {SB_TERM_AGENDA, "planned", "planned", "gepland"},
    {SB_TERM_AGENDA, "confirmed", "confirmed", "bevestigd"},
    {SB_TERM_AGENDA, "postponed", "postponed", "uitgesteld"},
    {SB_TERM_AGENDA, "cancelled", "cancelled", "vervallen"},
    {SB_TERM_AGENDA, "held", "held", "gehouden"},

    {SB_TERM_SEVERITY, "information", "information", "ter info"},
    {SB_TERM_SEVERITY, "attention", "attention", "aandacht"},
    {SB_TERM_SEVERITY, "urgent", "urgent", "dringend"},

    {SB_TERM_DISCLOSURE, "public", "public", "openbaar"},
    {SB_TERM_DISCLOSURE, "closed", "closed", "besloten"},
    {SB_TERM_DISCLOSURE, "secret", "secret", "geheim"},
    {SB_TERM_DISCLOSURE, "embargoed", "embargoed", "onder embargo"},

    {SB_TERM_EFFECT, "winner", "it stands", "dit staat er"},
    {SB_TERM_EFFECT, "conflict", "conflict", "conflict"},
    {SB_TERM_EFFECT, "replaced", "replaced", "vervangen"},
    {SB_TERM_EFFECT, "later", "later", "later"},
    {SB_TERM_EFFECT, "end", "end", "einde"},
    {SB_TERM_EFFECT, "current", "current", "geldend"},
    {SB_TERM_EFFECT, "shown", "shown", "getoond"},
    {SB_TERM_EFFECT, "acknowledged", "acknowledged", "bevestigd"},
};

/* Sentences by name; in English they are those of the rules, and of the command. */
static const struct {
    const char *name, *dutch;
} WHYS[] = {
    {"invalid", "de inhoud is er geen die deze versie zou publiceren"},
    {"cycle", "wat het vervangt leidt naar zichzelf terug"},
    {"unknown_item", "niets van wat het vervangt is bekend en van kracht"},
    {"other_item", "het vervangt gebeurtenissen van verschillende agendapunten"},
    {"not_editor", "alleen de gemeente van het punt en wie zij noemt mogen het bewerken"},
    {"not_proposer", "alleen de gemeente die het voorstelde mag dit zeggen"},
    {"replaces_itself", "een besluit volgt zichzelf niet op"},
    {"unknown_decision", "er ging geen voorstel van dat besluit aan vooraf"},
    {"closed", "het besluit was al afgesloten"},
    {"unknown_revision", "de tekst waarover het gaat is niet bekend, of was er nog niet"},
    {"not_participant", "de gemeente neemt niet deel aan dit besluit"},
    {"other_body", "een ander orgaan van de gemeente beslist hierover"},
    {"not_chair", "alleen de voorzitter uit het voorstel beslist als de stemmen staken"},
    {"no_such_round", "zo'n ronde is er niet"},
    {"unknown_notification", "het bericht is niet bekend"},
    {"not_addressee", "het bericht is niet aan deze gemeente gericht"},
    /* what an event has come to, in `explain` */
    {"counted", "dit is het antwoord van de gemeente"},
    {"stale", "het gaat over een oudere tekst; het kan opnieuw over deze"},
    {"late", "na de termijn genomen, of buiten wat bij het sluiten is geteld"},
    {"superseded", "een ander woord van de gemeente kwam ervoor in de plaats"},
    {"unclear", "de gemeente zegt twee dingen, geen later dan het andere"},
    {"winner", "dit is wat er nu staat"},
    {"replaced", "iets anders kwam ervoor in de plaats"},
    {"conflict", "een ander, tegelijk gemaakt, spreekt het tegen"},
    {"later", "het is van een dag die nog komt"},
    {"end", "dit sloot het besluit af, of spreekt een andere afsluiting tegen"},
    {"current", "dit is de tekst die geldt"},
    {"shown", "dit is wat het bericht zegt"},
};

/* Labels, and what the sentences of the rules are made of; of two that fit the longer comes first.
 */
static const struct {
    const char *english, *dutch;
} PHRASES[] = {
    {"the proposer's words contradict each other",
     "de woorden van de indiener spreken elkaar tegen"},
    {"revisions contradict each other", "teksten spreken elkaar tegen"},
    {"no proposal is known", "er is geen voorstel bekend"},
    {"the chair decides", "de voorzitter beslist"},
    {"the proposer stated", "de indiener stelde"},
    {"votes in favour", "stemmen voor"},
    {"second round", "tweede ronde"},
    {"succeeded by", "opgevolgd door"},
    {"withdrawn on", "ingetrokken op"},
    {"closed on", "gesloten op"},
    {"quorum of", "quorum van"},
    {"not reached", "niet gehaald"},
    {"in favour", "voor"},
    {"was due", "termijn was"},
    {"a tie", "de stemmen staken"},
    {"as chair", "als voorzitter"},
    {"answered", "reacties"},
    {"against", "tegen"},
    {"missing", "ontbreekt"},
    {"unclear", "onduidelijk"},
    {"due", "termijn"},
    {"of", "van"},
    {"January", "januari"},
    {"February", "februari"},
    {"March", "maart"},
    {"April", "april"},
    {"May", "mei"},
    {"June", "juni"},
    {"July", "juli"},
    {"August", "augustus"},
    {"September", "september"},
    {"October", "oktober"},
    {"November", "november"},
    {"December", "december"},
    {"adopted_with_conditions", "vastgesteld onder voorwaarden"},
    {"not_adopted", "niet vastgesteld"},
    {"adopted", "vastgesteld"},
    {"lapsed", "vervallen"},
    {"withdrawn", "ingetrokken"},
    {"superseded", "opgevolgd"},

    /* labels */
    {"WHO", "WIE"},
    {"POSITION", "STANDPUNT"},
    {"TAKEN", "GENOMEN"},
    {"STATE", "HOE HET TELT"},
    {"DUE", "TERMIJN"},
    {"DECISION, OUTCOME", "BESLUIT, UITKOMST"},
    {"WHEN", "WANNEER"},
    {"STATUS", "STATUS"},
    {"ITEM", "PUNT"},
    {"WHAT", "WAT"},
    {"provisional", "voorlopig"},
    {"since", "sinds"},
    {"As of", "Per"},
    {"participants", "deelnemers"},
    {"backdated", "achteraf gemeld"},
    {"recorded by", "genoteerd door"},
    {"without effect", "zonder gevolg"},
    {"(expired) ", "(verlopen) "},
    {"to ", "aan "},
    {"acknowledged by ", "bevestigd door "},
    {"not acknowledged by ", "nog niet bevestigd door "},
    {"missing: ", "ontbreekt: "},
    {"Not complete: something that was published is not here yet, or not shown to you.",
     "Niet volledig: iets dat gepubliceerd is, is hier nog niet of wordt u niet getoond."},
    {"somebody has changed it meanwhile: look at it with",
     "iemand heeft het intussen gewijzigd: bekijk het met"},
    {", then give the command again", " en geef de opdracht daarna opnieuw"},
    {"When", "Wanneer"},
    {"Where", "Waar"},
    {"Part of", "Hoort bij"},
    {"Portfolio holder", "Portefeuillehouder"},
    {"Policy field", "Beleidsveld"},
    {"Secret by", "Geheim door"},
    {"Ground", "Grond"},
    {"Liftable by", "Op te heffen door"},
    {"Participants", "Deelnemers"},
    {"Edited also by", "Ook bewerkt door"},
    {"Attachment", "Bijlage"},
    {"to", "tot"},
    {"about", "over"},
    {"by", "van"},
};

enum { N_TERMS = sizeof TERMS / sizeof TERMS[0], N_PHRASES = sizeof PHRASES / sizeof PHRASES[0] };

bool sb_terms_are_dutch(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *value = getenv(variables[i]);
        if (value != NULL && value[0] != '\0') {
            return strncmp(value, "nl", 2) == 0 && isalnum((unsigned char)value[2]) == 0;
        }
    }
    return false;
}

static const char *find_phrase(const char *english)
{
    for (size_t i = 0; i < N_PHRASES; i++) {
        if (strcmp(PHRASES[i].english, english) == 0) {
            return PHRASES[i].dutch;
        }
    }
    return english;
}

const char *sb_term_why(const char *name, const char *english)
{
    for (size_t i = 0; sb_terms_are_dutch() && i < sizeof WHYS / sizeof WHYS[0]; i++) {
        if (strcmp(WHYS[i].name, name) == 0) {
            return WHYS[i].dutch;
        }
    }
    return english;
}

const char *sb_term(enum sb_terms of, const char *word)
{
    bool dutch = sb_terms_are_dutch();
    if (of == SB_TERM_LABEL) {
        return dutch ? find_phrase(word) : word;
    }
    for (size_t i = 0; i < N_TERMS; i++) {
        if (TERMS[i].of == of && strcmp(TERMS[i].word, word) == 0) {
            return dutch ? TERMS[i].dutch : TERMS[i].english;
        }
    }
    return word;
}

/* The phrase that stands here as whole words; NULL: none. */
static const char *phrase_at(const char *text, size_t *n)
{
    for (size_t i = 0; i < N_PHRASES; i++) {
        *n = strlen(PHRASES[i].english);
        char behind = strncmp(text, PHRASES[i].english, *n) == 0 ? text[*n] : 'x';
        if (behind != '_' && isalnum((unsigned char)behind) == 0) {
            return PHRASES[i].dutch;
        }
    }
    return NULL;
}

void sb_term_sentence(char *out, size_t cap, const char *sentence)
{
    bool dutch = sb_terms_are_dutch(), begins = true;
    size_t at = 0;
    while (*sentence != '\0' && at + 1 < cap) {
        size_t n = 0;
        const char *phrase = dutch && begins ? phrase_at(sentence, &n) : NULL;
        if (phrase != NULL) {
            at += (size_t)snprintf(out + at, cap - at, "%s", phrase);
            sentence += n;
            begins = false;
        } else {
            begins = isalnum((unsigned char)*sentence) == 0;
            out[at++] = *sentence++;
        }
    }
    out[at < cap ? at : cap - 1] = '\0';
}
