// SPDX-License-Identifier: MIT
#include "whit/describe.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace whit {
namespace {

std::string string_of(Text text) { return {text.data, text.size}; }

std::string line_of(Cause cause, uint16_t code = 1006, const std::string& reason = "", Text error = {}) {
  Close close;
  close.code = code;
  close.cause = cause;
  close.reason = {reason.data(), reason.size()};
  char line[kDescriptionBytes];
  return string_of(describe(close, line, sizeof line, error));
}

TEST(Describe, EachStatusHasAText) {
  std::set<std::string> texts;
  for (int i = 0; i <= static_cast<int>(Status::kInUse); ++i) texts.insert(string_of(to_text(static_cast<Status>(i))));
  EXPECT_EQ(texts.size(), static_cast<size_t>(Status::kInUse) + 1);
  EXPECT_EQ(texts.count(""), 0u);
  EXPECT_EQ(string_of(to_text(Status::kNoSlot)), "no free slot");
}

TEST(Describe, EachDeadlineHasAText) {
  std::set<std::string> texts;
  for (int i = 0; i <= static_cast<int>(Deadline::kLinger); ++i) {
    texts.insert(string_of(to_text(static_cast<Deadline>(i))));
  }
  EXPECT_EQ(texts.size(), static_cast<size_t>(Deadline::kLinger) + 1);
  EXPECT_EQ(texts.count(""), 0u);
}

TEST(Describe, CloseCodes) {
  const std::pair<uint16_t, const char*> cases[] = {
      {0, "reserved"},
      {999, "reserved"},
      {1000, "normal closure"},
      {1001, "going away"},
      {1002, "protocol error"},
      {1003, "unsupported data"},
      {1004, "reserved"},
      {1005, "no code received"},
      {1006, "no Close frame"},
      {1007, "invalid payload"},
      {1008, "policy violation"},
      {1009, "message too big"},
      {1011, "internal error"},
      {1012, "service restart"},
      {1013, "try again later"},
      {1014, "bad gateway"},
      {1015, "TLS handshake failed"},
      {1016, "reserved"},
      {2999, "reserved"},
      {3000, "registered use"},
      {3999, "registered use"},
      {4000, "private use"},
      {4999, "private use"},
      {5000, "reserved"},
      {65535, "reserved"},
      {1010, "mandatory extension"},
  };
  for (const auto& [code, text] : cases) EXPECT_EQ(string_of(close_code_text(code)), text) << code;
}

TEST(Describe, EachEndInOneLine) {
  using C = Cause;
  const auto number = [](Deadline deadline) { return static_cast<int32_t>(deadline); };
  const std::pair<Cause, const char*> cases[] = {
      {{C::kNetwork, C::kResolve, -2}, "the name could not be resolved: error -2"},
      {{C::kNetwork, C::kConnect, 111}, "connecting failed: error 111"},
      {{C::kNetwork, C::kSecure, INT32_MIN}, "TLS failed: it may not be built in (WHIT_TLS), error -2147483648"},
      {{C::kPeer, C::kHandshake, 503}, "not a valid answer to the opening handshake: HTTP status 503"},
      {{C::kPeer, C::kHandshake, 0}, "not a valid answer to the opening handshake: none of HTTP"},
      {{C::kPeer, C::kHandshake, 101},
       "not a valid answer to the opening handshake: HTTP status 101, and a field that is wrong or missing"},
      {{C::kWhit, C::kClosing, 1013}, "closed for another connection: code 1013 (try again later)"},
      {{C::kWhit, C::kHandshake, 400}, "the opening handshake was refused: HTTP status 400"},
      {{C::kApplication, C::kHandshake, 0}, "closed by the application before it was open"},
      {{C::kPeer, C::kProtocol, 1002}, "the peer broke the protocol: code 1002 (protocol error)"},
      {{C::kPeer, C::kTransport, 0}, "the peer ended TCP without a Close frame"},
      {{C::kApplication, C::kTransport, 0}, "aborted by the application"},
      {{C::kNetwork, C::kTransport, 104}, "the connection was lost: error 104"},
      {{C::kPeer, C::kDeadline, number(Deadline::kHead)}, "the peer took too long: the head of the opening handshake"},
      {{C::kNetwork, C::kRandom, 0}, "there were no random bytes"},
  };
  for (const auto& [cause, text] : cases) EXPECT_EQ(line_of(cause), text);
  EXPECT_EQ(line_of({C::kPeer, C::kClosing, 1001}, 1001, "maintenance"),
            "closed by the peer: code 1001 (going away), \"maintenance\"");
  EXPECT_EQ(line_of({C::kApplication, C::kClosing, 1000}, 1000),
            "closed by the application: code 1000 (normal closure)");
  EXPECT_EQ(line_of({C::kNetwork, C::kConnect, 111}, 1006, "", "Connection refused"),
            "connecting failed: Connection refused (111)");
}

TEST(Describe, TheReasonIsHarmlessOnAConsole) {
  EXPECT_EQ(
      line_of({Cause::kPeer, Cause::kClosing, 4000}, 4000, std::string("\x1B[2J\r\n\0\x7F gr\xC3\xBC\xC3\x9F", 15)),
      "closed by the peer: code 4000 (private use), \".[2J.... gr\xC3\xBC\xC3\x9F\"");
  EXPECT_EQ(line_of({Cause::kPeer, Cause::kClosing, 4000}, 4000,
                    "\xC2\x9B"
                    "31m\xC2\xA0"),
            "closed by the peer: code 4000 (private use), \".31m\xC2\xA0\"")
      << "CSI, which is one character of two bytes";
}

TEST(Describe, ALongLineIsCutOff) {
  Close close;
  close.code = 1008;
  close.cause = {Cause::kApplication, Cause::kClosing, 1008};
  const std::string reason(123, 'r');
  close.reason = {reason.data(), reason.size()};
  char whole[kDescriptionBytes];
  const std::string expected = string_of(describe(close, whole, sizeof whole));
  EXPECT_EQ(expected.back(), '"') << "kDescriptionBytes is enough for the longest";
  for (size_t size = 0; size <= expected.size(); ++size) {
    char line[kDescriptionBytes];
    line[size] = '#';
    EXPECT_EQ(string_of(describe(close, line, size)), expected.substr(0, size));
    EXPECT_EQ(line[size], '#');
  }
}

}  // namespace
}  // namespace whit
