// SPDX-License-Identifier: MIT
// Pieces of the head of an HTTP/1.1 message (RFC 9112, RFC 9110), one line at a time, over memory of the caller.
// Strict: a line ends with CRLF and nothing else, no folded lines, no space before the colon, no control byte anywhere,
// one space between the parts of the first line, nothing of HTTP/0.9. Does not know which fields matter, and has no
// limits of its own but the size of what it is given; every function is linear in it. Texts that come back point into
// the argument. What is read of a text is taken off its front (scan.h).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/http/authority.h"
#include "whit/http/scan.h"

namespace whit::http {

// The end of a line. The values of the first two are its size in bytes.
enum class LineEnd : uint8_t {
  kNotYet = 0,     // no line end yet, and nothing wrong yet
  kCrLf = 2,       // the only line end there is
  kMalformed = 3,  // a control byte other than tab. A bare CR or a bare LF is one: RFC 9112 section 2.2 forbids the one
                   // and only tolerates the other
};

// Leaves the first line of `text`, without its CRLF: empty at the end of a head. With kNotYet that is all that belongs
// to the line for certain: everything but a CR at the very end.
LineEnd cut_line(Text* text);

// The first line of a request: RFC 9112 section 3. `line` is without CRLF in all that follows. The result is
// the status to refuse it with: 400; 405 when the method is another one; 505 unless the major version is 1; 426 for
// HTTP/1.0, in which Upgrade means nothing (RFC 9110 section 7.8). With 0 and 426 the target is left, in a form that
// split_target() takes.
uint16_t read_request_line(Text* line, const char* method_and_space = "GET ");

// Splits a target (RFC 9112 section 3.2) into the resource name, which is left, and the authority. In origin-form
// ("/chat?x") there is no authority. In absolute-form ("http://host:80/chat", also https; section 3.2.2: a server must
// accept it, and the authority counts instead of the Host field) the resource may be empty, and may begin with "?".
// False for every other form.
bool split_target(Text* target, Text* authority);

// The status, 100 to 999, of the first line of a response: RFC 9112 section 4. 0: it is no such line, or not of HTTP/1.
// The reason phrase is ignored, may be cut off, and may be missing with its space.
uint16_t read_status_line(Text* line);

// Takes one field line off the front of `text`, up to the first control byte: RFC 9112 section 5. False for a line that
// begins with a space or tab (obs-fold), has no colon, or a name that is no token (so no space before the colon). Bytes
// from 0x80 up are opaque.
struct Field {
  size_t index;  // of its name in `names`; how many there are if it is none of them
  Text name;     // as written
  Text value;    // without the white space around it; may be empty
};
// `names`: in small letters, each with its colon and ended by NUL; an empty one is the last. "@" in front stands for
// "sec-websocket-" (it begins no name). They are compared without regard to case.
bool take_field(Text* text, const char* names, Field* out);

// Whether two names of fields are equal, without regard to the case of their letters.
bool same_name(const Text& left, const Text& right);

// Whether the text may be the value of a field: RFC 9110 section 5.5. CR, LF and NUL are dangerous, the other control
// bytes but tab are invalid.
inline bool is_field_value(Text text) {
  skip_class(&text, kFieldChar);
  return text.empty();
}

// RFC 9110 section 5.6.2: one or more of the characters that need no quoting.
inline bool is_token(Text text) { return skip_class(&text, kTokenChar) != 0 && text.empty(); }

// Walks a comma-separated list: RFC 9110 section 5.6.1. Takes the next element, without the white space around it;
// empty ones are skipped. The elements are not checked: they may be anything but a comma. Quoted strings are not
// understood. False at the end, or before a control byte.
bool next_element(Text* list, Text* element);

// Whether an element of the list is like the pattern (scan.h; Connection, Upgrade) ...
bool list_has(Text* list, const char* pattern);
// ... or is exactly this (subprotocols).
bool list_has_exact(Text* list, const Text& token);

// The value of Host: host [":" port], RFC 9112 section 3.2 and RFC 3986 section 3.2.2. Refuses the empty value (a
// WebSocket URL has a host), user information, port 0 and ports above 65535. Nothing after the colon is allowed by the
// grammar.
inline bool valid_host_value(Text value) {
  Authority authority;
  return take_authority(&value, &authority) && value.empty();
}

// The value of Sec-WebSocket-Key: base64 of exactly 16 bytes, which is 22 characters of the alphabet and "==". The 22nd
// carries two bits, so a canonical encoder ends in A, Q, g or w. RFC 4648 section 3.5 leaves it to the decoder whether
// to refuse others. We take them: the key decodes to 16 bytes all the same, which is all that RFC 6455 section 4.2.1
// asks, it is hashed as text, and home-made clients send 22 random characters.
inline bool valid_key_value(Text key) { return skip_class(&key, kBase64Digit) == 22 && match_all(&key, "=="); }

// The value of Sec-WebSocket-Extensions: RFC 6455 section 9.1. One or more extensions with their parameters; a quoted
// value must be a token once unquoted. Checks the grammar only, so that a malformed offer fails although all are
// declined.
bool read_extensions(Text* value);

}  // namespace whit::http
