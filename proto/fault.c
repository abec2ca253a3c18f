/* Names and sentences of what can be wrong with history. Declared in segment.h. */
#include "proto/segment.h"

struct fault_text {
    const char *name, *sentence;
};

static const struct fault_text TEXTS[SB_FAULT_COUNT] = {
    [SB_FAULT_NONE] = {"none", "nothing is wrong"},
    [SB_FAULT_BAD_FILE] = {"bad_file", "the file is not what it says, or is cut short"},
    [SB_FAULT_BAD_LINK] = {"bad_link",
                           "the link cannot be read, stands in the wrong place, or comes "
                           "twice"},
    [SB_FAULT_BAD_PREV] = {"bad_prev", "prev is not the hash of the link before it"},
    [SB_FAULT_BAD_COMMITMENT] = {"bad_commitment",
                                 "salt and body do not give the commitment of the link"},
    [SB_FAULT_BAD_BODY] = {"bad_body", "the body has another length than the link says, or cannot "
                                       "be read"},
    [SB_FAULT_BAD_CHECKPOINT] = {"bad_checkpoint",
                                 "the signature is wrong, or of another link, or the key of the "
                                 "epoch is not known"},
    [SB_FAULT_NO_CHECKPOINT] = {"no_checkpoint", "no valid checkpoint covers this link"},
    [SB_FAULT_BAD_EPOCH] = {"bad_epoch",
                            "the start of the epoch does not give its tag, its counter "
                            "or its first event"},
    [SB_FAULT_BAD_KEY] = {"bad_key", "the key of the epoch is not the pinned one, nor certified by "
                                     "it"},
    [SB_FAULT_BAD_INDEX] = {"bad_index", "an index of the store contradicts its log"},
};

static const struct fault_text *text_of(enum sb_fault fault)
{
    static const struct fault_text unknown = {"unknown", "an unknown fault"};
    return (unsigned)fault < SB_FAULT_COUNT ? &TEXTS[fault] : &unknown;
}

const char *sb_fault_name(enum sb_fault fault)
{
    return text_of(fault)->name;
}

const char *sb_fault_sentence(enum sb_fault fault)
{
    return text_of(fault)->sentence;
}
