// SPDX-License-Identifier: MIT
// Lines of a request that are longer than the buffer and that no application asked for: the target, with the tokens of
// browsers in its query, and lists, with tokens among the subprotocols. They are looked at in parts.
#pragma once

#include "whit/http/head_reader.h"

namespace whit::http {

// For HeadReader::shorten. `kind` is what the part of the line that fills the buffer begins.
//  kMore      that part has become shorter: a target of which only the first byte of the path is left, or a list
//             whose next element, too long to be any that is looked for, begins with a quotation mark instead
//  kField     the elements that have come whole; continue_line() makes a line of what follows them
//  kTooLarge  another line, or what came of the first line is no request for a target of http
HeadLine shorten_line(HeadReader* reader, HeadLine kind);

// After each field was looked at: if it was the first part of a list, what follows is a line of the same name.
void continue_line(HeadReader* reader);

}  // namespace whit::http
