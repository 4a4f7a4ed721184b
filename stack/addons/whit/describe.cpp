// SPDX-License-Identifier: MIT
#include "whit/describe.h"

namespace whit {

namespace {

class Line {
 public:
  Line(char* out, size_t size) : out_(out), size_(size) {}

  void put(char c) {
    if (used_ < size_) out_[used_++] = c;
  }
  void put(Text text) {
    for (size_t i = 0; i < text.size; ++i) put(text[i]);
  }
  void put_number(int32_t number) {
    char digits[10];
    size_t count = 0;
    uint32_t rest = number < 0 ? 0u - static_cast<uint32_t>(number) : static_cast<uint32_t>(number);
    do {
      digits[count++] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
    if (number < 0) put('-');
    while (count != 0) put(digits[--count]);
  }
  void put_in_parentheses(Text text) {
    put(" (");
    put(text);
    put(')');
  }
  // The peer's text, which is UTF-8: control characters are those below U+0020 and U+007F to U+009F.
  void put_harmless(Text text) {
    for (size_t i = 0; i < text.size; ++i) {
      const auto byte = static_cast<uint8_t>(text[i]);
      const bool of_two = byte == 0xC2 && i + 1 < text.size && static_cast<uint8_t>(text[i + 1]) < 0xA0;
      put(byte < ' ' || byte == 0x7F || of_two ? '.' : text[i]);
      if (of_two) ++i;
    }
  }

  Text text() const { return {out_, used_}; }

 private:
  char* out_;
  size_t size_;
  size_t used_ = 0;
};

void put_close_code(Line* line, int32_t code) {
  line->put("code ");
  line->put_number(code);
  line->put_in_parentheses(close_code_text(static_cast<uint16_t>(code)));
}

Text failed_step(Cause::Where where) {
  switch (where) {
    case Cause::kResolve:
      return "the name could not be resolved: ";
    case Cause::kConnect:
      return "connecting failed: ";
    case Cause::kSecure:
      return "TLS failed: ";
    default:
      return "the connection was lost: ";
  }
}

void put_failure(Line* line, const Cause& cause, Text error) {
  line->put(failed_step(cause.where));
  if (error.empty()) {
    line->put(cause.where == Cause::kSecure ? "it may not be built in (WHIT_TLS), error " : "error ");
    line->put_number(cause.code);
    return;
  }
  line->put(error);
  line->put(" (");
  line->put_number(cause.code);
  line->put(')');
}

}  // namespace

Text to_text(Status status) {
  switch (status) {
    case Status::kOk:
      return "ok";
    case Status::kWouldBlock:
      return "not now";
    case Status::kClosed:
      return "ended by the peer";
    case Status::kFailed:
      return "failed below";
    case Status::kTooLarge:
      return "too large";
    case Status::kNotOpen:
      return "not open";
    case Status::kInvalidArgument:
      return "invalid argument";
    case Status::kNoSlot:
      return "no free slot";
    case Status::kInUse:
      return "in use";
  }
  return "";
}

Text to_text(Deadline deadline) {
  switch (deadline) {
    case Deadline::kNone:
      return "no deadline";
    case Deadline::kResolve:
      return "resolving the name";
    case Deadline::kConnect:
      return "connecting";
    case Deadline::kSecure:
      return "the TLS handshake";
    case Deadline::kHead:
      return "the head of the opening handshake";
    case Deadline::kFrame:
      return "a frame header or control frame";
    case Deadline::kData:
      return "payload of a message";
    case Deadline::kKeepaliveInterval:
      return "silence";
    case Deadline::kKeepaliveAnswer:
      return "the answer to a ping";
    case Deadline::kWrite:
      return "reading what we send";
    case Deadline::kClose:
      return "the answer to a Close frame";
    case Deadline::kLinger:
      return "the end of the TCP connection";
  }
  return "";
}

Text close_code_text(uint16_t code) {
  static const char* const kTexts[] = {
      "normal closure",   "going away",       "protocol error",      "unsupported data",
      "reserved",         "no code received", "no Close frame",      "invalid payload",
      "policy violation", "message too big",  "mandatory extension", "internal error",
      "service restart",  "try again later",  "bad gateway",         "TLS handshake failed",
  };
  if (code >= 1000 && code < 1000 + sizeof kTexts / sizeof kTexts[0]) return kTexts[code - 1000];
  if (code >= 4000 && code <= 4999) return "private use";
  return code >= 3000 && code <= 3999 ? "registered use" : "reserved";
}

Text describe(const Close& close, char* out, size_t size, Text error) {
  Line line(out, size);
  const Cause& cause = close.cause;
  switch (cause.where) {
    case Cause::kResolve:
    case Cause::kConnect:
    case Cause::kSecure:
    case Cause::kTransport:
      if (cause.where == Cause::kTransport && cause.code == 0) {
        line.put(cause.who == Cause::kApplication ? "aborted by the application"
                                                  : "the peer ended TCP without a Close frame");
        break;
      }
      put_failure(&line, cause, error);
      break;
    case Cause::kHandshake:
      if (cause.who == Cause::kApplication) {
        line.put("closed by the application before it was open");
        break;
      }
      line.put(cause.who == Cause::kPeer ? "not a valid answer to the opening handshake: "
                                         : "the opening handshake was refused: ");
      if (cause.code == 0) {
        line.put("none of HTTP");
        break;
      }
      line.put("HTTP status ");
      line.put_number(cause.code);
      if (cause.who == Cause::kPeer && cause.code == 101) line.put(", and a field that is wrong or missing");
      break;
    case Cause::kProtocol:
      line.put("the peer broke the protocol: ");
      put_close_code(&line, cause.code);
      break;
    case Cause::kClosing:
      line.put(cause.who == Cause::kApplication ? "closed by the application: "
               : cause.who == Cause::kWhit      ? "closed for another connection: "
                                                : "closed by the peer: ");
      // Without a closing handshake the code is the one that we sent.
      put_close_code(&line, close.was_clean ? close.code : cause.code);
      break;
    case Cause::kDeadline:
      line.put("the peer took too long: ");
      line.put(to_text(static_cast<Deadline>(cause.code)));
      break;
    case Cause::kRandom:
      line.put("there were no random bytes");
      break;
  }
  if (!close.reason.empty()) {
    line.put(", \"");
    line.put_harmless(close.reason);
    line.put('"');
  }
  return line.text();
}

}  // namespace whit
