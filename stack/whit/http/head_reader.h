// SPDX-License-Identifier: MIT
// The head of an HTTP message, line by line, from a buffer that may be smaller than the head. A field that is
// not wanted may be longer than the buffer: it is passed over. RFC 9112, 2.2 and 5; RFC 6585, 5.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/http/grammar.h"
#include "whit/http/head.h"

namespace whit::http {

enum class HeadLine : uint8_t {
  kMore,       // the next line is not yet whole; there is room for more
  kFirst,      // the first line, while head.started is not set; `value` is all of it
  kField,      // a field that is wanted: the position of its name in the list, and its value
  kEnd,        // the empty line
  kMalformed,  // a control byte, or no field
  kTooLarge,   // the first line, or a field that is wanted, does not fit and is not shortened, or the head is longer than
               // `max_bytes`;
               // `value` is the part of the line that has come
};

struct HeadReader {
  // Takes the next line out of the buffer. Bytes below head->kept stay.
  HeadLine next();

  Head* head;
  uint8_t* buffer;
  size_t capacity;
  uint32_t* begin;  // offsets of what is not yet taken
  uint32_t end;
  uint32_t max_bytes;  // 0: no limit
  const char* names;   // http::take_field()
  size_t wanted;       // how many of them are names of fields that are wanted; `other` decides about all others
  // Joins a field that is folded over several lines, as a user agent does (RFC 9112, 5.2). nullptr: it is malformed.
  LineEnd (*unfolding)(HeadReader* reader);
  // Decides about any other field, which may be cut off unless `whole`: kField takes it, kMore passes it over. nullptr
  // passes all of them over.
  HeadLine (*other)(HeadReader* reader, bool whole);
  // Makes something of a line that is wanted and does not fit, of which a part fills the buffer (long_line.h). nullptr:
  // it is too large.
  HeadLine (*shorten)(HeadReader* reader, HeadLine kind);
  uint32_t lists;          // for `shorten`: bits of the positions of fields that are lists and may come several times
  const char* rest;        // of a list whose first part is handed out; else nullptr
  const Text* more_names;  // for `other`: the names that an application asks for
  size_t more_count;
  Field field;  // of the line: valid until the next read

  // For `unfolding`: makes one line of the folded one, with spaces in place of its ends. kNotYet also until the byte
  // has come that tells whether the next line continues it. A continuation of a field that was passed over is passed
  // over.
  static LineEnd unfold(HeadReader* reader);

 private:
  inline HeadLine read_line(bool whole);
};

}  // namespace whit::http
