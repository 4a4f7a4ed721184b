// SPDX-License-Identifier: MIT
// Pieces of the head of an HTTP/1.1 message (RFC 9112, RFC 9110), one line at a time, over memory of the caller.
// Strict: a line ends with CRLF and nothing else, no folded lines, no space before the colon, no control byte anywhere,
// one space between the parts of the first line, nothing of HTTP/0.9. Does not know which fields matter, and has no
// limits of its own but the size of what it is given; every function is linear in it. Texts that come back point into
// the argument.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit::wire {

enum class LineResult : uint8_t {
  kNeedMore,   // no line end yet, and nothing wrong yet
  kLine,       // a whole line
  kMalformed,  // a control byte other than tab. A bare CR or a bare LF is one: RFC 9112 section 2.2 forbids the one and
               // only tolerates the other
};

// Finds the first line of `text`. With kLine, `*line_size` is its size without CRLF (0 for the empty line that ends a
// head); the next line begins at *line_size + 2. With kNeedMore it is how much belongs to the line for certain: all but
// a CR at the very end.
LineResult find_line(const Text& text, size_t* line_size);

// The first line of a request: RFC 9112 section 3. `line` is without CRLF in all that follows.
struct RequestLine {
  Text method;    // a token; "GET" is the caller's question
  Text target;    // one or more visible ASCII characters, no "#"
  bool http_1_1;  // "HTTP/1.1" or a higher minor version of 1; false for 1.0 and for other major versions (answer 505)
};
bool parse_request_line(const Text& line, RequestLine* out);

// The resource name in a request target: RFC 9112 section 3.2. Origin-form ("/chat?x") is returned as it is; of
// absolute-form
// ("http://host/chat", also https, which a server must accept) what follows the authority: it then may be "/" for an
// empty path, and may begin with "?" where the path is empty but not the query. False for every other form.
bool target_resource(Text target, Text* resource);

// The first line of a response: RFC 9112 section 4. False, and `*status` is unchanged, unless the version is HTTP/1.1
// or a higher minor version of 1 and the status is 100 to 999. The reason phrase is ignored, and may be missing with
// its space.
bool parse_status_line(const Text& line, uint16_t* status);

// One field line: RFC 9112 section 5. False for a line that begins with a space or tab (obs-fold), has no colon, or a
// name that is no token (so no space before the colon). Bytes from 0x80 up are opaque.
struct Field {
  size_t index;  // of its name in `names`, a list (RFC 9110, 5.6.1), or kNotListed
  Text value;    // without the white space around it; may be empty
};
bool parse_field(const Text& line, const Text& names, Field* out);

// RFC 9110 section 5.6.2: one or more of the characters that need no quoting.
bool is_token(const Text& text);

// How much of the front may stand in a field value: everything but control bytes, tab excepted.
size_t field_value_size(const Text& text);

// ASCII letters without regard to case; all other bytes exactly.
bool equals_ignore_case(const Text& left, const Text& right);

// Walks a comma-separated list: RFC 9110 section 5.6.1. Empty elements are skipped and white space around an element is
// trimmed. The elements are not checked: they may be anything but a comma. Quoted strings are not understood.
class TokenList {
 public:
  explicit TokenList(const Text& value) : rest_(value) {}
  // False at the end, `*token` is then unchanged.
  bool next(Text* token);

 private:
  Text rest_;
};

// The position of `token` among the elements of the list, or kNotListed. Without regard to case (Connection, Upgrade,
// names of fields) ...
constexpr size_t kNotListed = SIZE_MAX;
size_t list_position(const Text& value, const Text& token);
// ... and whether it is there exactly (subprotocols).
bool list_has_exact(const Text& value, const Text& token);

// The value of Host: host [":" port], RFC 9112 section 3.2 and RFC 3986 section 3.2.2. Refuses the empty value (a
// WebSocket URL has a host), user information, port 0 and ports above 65535. Nothing after the colon is allowed by the
// grammar.
bool valid_host_value(const Text& value);

// The value of Sec-WebSocket-Extensions: RFC 6455 section 9.1. One or more extensions with their parameters; a quoted
// value must be a token once unquoted. Checks the grammar only, so that a malformed offer fails although all are
// declined.
bool valid_extensions(const Text& value);

}  // namespace whit::wire
