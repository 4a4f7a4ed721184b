// SPDX-License-Identifier: MIT
// R-SIO-1: the packets of Socket.IO, as its protocol describes them, and those that break it; the table of
// acknowledgements. What client and server do with them is in the tests of these.
#include "whit/socket_io.h"

#include <gtest/gtest.h>

#include <string>

namespace whit {
namespace {

std::string shown(Text text) { return std::string(text.data != nullptr ? text.data : "", text.size); }

// "type space attachments id payload"
std::string parsed(const std::string& text) {
  SocketIoPacket packet;
  if (!parse_socket_io({text.data(), text.size()}, &packet)) return "bad";
  return std::to_string(packet.type) + " " + shown(packet.space) + " " + std::to_string(packet.attachments) + " " +
         (packet.has_id ? std::to_string(packet.id) : "-") + " " + shown(packet.payload);
}

TEST(SocketIo, EveryPacketOfTheProtocol) {
  const std::pair<const char*, const char*> cases[] = {
      {"0", "0 / 0 - "},
      {R"(0{"sid":"oSO0OpakMV_3jnilAAAA"})", R"(0 / 0 - {"sid":"oSO0OpakMV_3jnilAAAA"})"},
      {R"(0/admin,{"token":"123"})", R"(0 /admin 0 - {"token":"123"})"},
      {"0/admin", "0 /admin 0 - "},
      {"0/admin,", "0 /admin 0 - "},
      {"0/,", "0 / 0 - "},
      {"1", "1 / 0 - "},
      {"1/admin,", "1 /admin 0 - "},
      {R"(2["foo"])", R"(2 / 0 - ["foo"])"},
      {R"(2/admin,["bar"])", R"(2 /admin 0 - ["bar"])"},
      {R"(212["foo"])", R"(2 / 0 12 ["foo"])"},
      {R"(2/admin,0["foo",{"a":[1]}])", R"(2 /admin 0 0 ["foo",{"a":[1]}])"},
      {R"(24294967295["foo"])", R"(2 / 0 4294967295 ["foo"])"},
      {"2[1,2]", "2 / 0 - [1,2]"},
      {R"(3/admin,13["bar"])", R"(3 /admin 0 13 ["bar"])"},
      {"30[]", "3 / 0 0 []"},
      {R"(4{"message":"Not authorized"})", R"(4 / 0 - {"message":"Not authorized"})"},
      {R"(4/admin,"Not authorized")", R"(4 /admin 0 - "Not authorized")"},
      {R"(51-["baz",{"_placeholder":true,"num":0}])", R"(5 / 1 - ["baz",{"_placeholder":true,"num":0}])"},
      {R"(5255-/admin,7["baz"])", R"(5 /admin 255 7 ["baz"])"},
      {R"(50-["baz"])", R"(5 / 0 - ["baz"])"},
      {R"(62-/admin,15["bar"])", R"(6 /admin 2 15 ["bar"])"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(parsed(text), expected) << text;
}

TEST(SocketIo, PacketsThatBreakTheProtocol) {
  for (const char* text : {
           "",
           "7",
           "9[]",
           "a",
           "-1",
           " 2[\"a\"]",
           "[\"a\"]",
           // no payload of that type
           "0[]",
           "0\"a\"",
           "0{",
           "0{}x",
           "01{\"a\":1",
           "1{}",
           "1/a,[]",
           "2",
           "2{}",
           "2[]",
           "2[",
           "2[\"a\"",
           "2[\"a\"]]",
           "2[null]",
           "2[true,1]",
           "2[{}]",
           "2\"a\"",
           "212",
           "2[\"a]",
           "2[\"a\nb\"]",
           "3[]",
           "3",
           "31",
           "31{}",
           "31[",
           "4",
           "4[]",
           "4{",
           "4\"",
           "41",
           // the id
           "24294967296[\"a\"]",
           "299999999999999999999[\"a\"]",
           "2007[\"a\"]",
           "2/a,1x[\"a\"]",
           "2-1[\"a\"]",
           // the number of attachments
           "5[\"a\"]",
           "5-[\"a\"]",
           "51[\"a\"]",
           "51",
           "5256-[\"a\"]",
           "54294967297-[\"a\"]",
           "5-1-[\"a\"]",
           "5x-[\"a\"]",
           "51x[\"a\"]",
           "2[\"a\" \"b\"]",
           "2[\"a\"1]",
           "51-",
           "61-[]",
           "61-{}",
           // the namespace
           "2admin,[\"a\"]",
           "2/admin[\"a\"]",
           "5/admin,1-[\"a\"]",
       }) {
    EXPECT_EQ(parsed(text), "bad") << text;
  }
}

// Whatever comes is either a packet or bad; nothing beyond the text is looked at (AddressSanitizer is the witness).
TEST(SocketIo, EveryBeginningOfAPacketIsRead) {
  const std::string whole = R"(62-/admin,15["b\"ar",{"_placeholder":true,"num":0},[1,{"a":"b"}]])";
  ASSERT_NE(parsed(whole), "bad");
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string part(whole.data(), size);
    EXPECT_EQ(parsed(std::string(part.c_str(), size)), "bad") << part;
  }
}

TEST(SocketIo, AnEventWrittenForMany) {
  uint8_t memory[40];
  EXPECT_EQ(shown(write_socket_io_event("/", "reading", "21.5,\"C\"", {memory, sizeof memory})),
            R"(42["reading",21.5,"C"])");
  EXPECT_EQ(shown(write_socket_io_event("/admin", "up", "", {memory, sizeof memory})), R"(42/admin,["up"])");
  EXPECT_EQ(shown(write_socket_io_event("/admin", "up", "", {memory, 15})), R"(42/admin,["up"])");
  EXPECT_TRUE(write_socket_io_event("/admin", "up", "", {memory, 14}).empty()) << "it does not fit";
  EXPECT_TRUE(write_socket_io_event("/", "u\"p", "", {memory, sizeof memory}).empty());
}

// ---- acknowledgements ----

struct AckBench {
  uint32_t add(uint32_t timeout_ms, uint8_t space = 0, uint32_t now_ms = 1000) {
    uint32_t id = 0;
    SocketIoEmit how;
    how.space = space;
    how.ack_id = &id;
    how.ack_timeout_ms = timeout_ms;
    SocketIoAcks::Entry* const entry = acks.reserve();
    EXPECT_NE(entry, nullptr);
    if (entry != nullptr) acks.add(entry, socket, how, now_ms);
    return id;
  }

  WebSocket socket;
  SocketIoAckMemory<3> memory;
  SocketIoAcks acks{memory};
};

TEST(SocketIoAcks, AnAnswerIsTakenOnce) {
  AckBench bench;
  const uint32_t first = bench.add(0);
  const uint32_t second = bench.add(0, 1);
  EXPECT_NE(first, second);
  EXPECT_EQ(bench.acks.take(bench.socket, 0, second), nullptr) << "of another namespace";
  EXPECT_EQ(bench.acks.take(bench.socket, 1, second + 1), nullptr) << "never sent";
  EXPECT_NE(bench.acks.take(bench.socket, 1, second), nullptr);
  EXPECT_EQ(bench.acks.take(bench.socket, 1, second), nullptr) << "a second answer";
  EXPECT_EQ(bench.acks.waiting(), 1u);
}

TEST(SocketIoAcks, TheTableIsBounded) {
  AckBench bench;
  const uint32_t first = bench.add(0);
  bench.add(0);
  bench.add(0);
  EXPECT_EQ(bench.acks.reserve(), nullptr);
  ASSERT_NE(bench.acks.take(bench.socket, 0, first), nullptr);
  bench.add(0);
  EXPECT_EQ(bench.acks.reserve(), nullptr);
}

TEST(SocketIoAcks, EachHasItsTime) {
  AckBench bench;
  const uint32_t now_ms = UINT32_MAX - 100;  // the clock wraps meanwhile
  bench.add(0, 0, now_ms);
  const uint32_t late = bench.add(500, 0, now_ms);
  const uint32_t early = bench.add(200, 0, now_ms);
  EXPECT_EQ(bench.acks.wait_ms(now_ms, 1000), 200u);
  EXPECT_EQ(bench.acks.wait_ms(now_ms, 100), 100u);
  EXPECT_EQ(bench.acks.take_expired(now_ms + 199), nullptr);
  SocketIoAcks::Entry* entry = bench.acks.take_expired(now_ms + 200);
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->id, early);
  EXPECT_EQ(bench.acks.take_expired(now_ms + 200), nullptr) << "once";
  EXPECT_EQ(bench.acks.wait_ms(now_ms + 600, 1000), 0u);
  entry = bench.acks.take_expired(now_ms + 600);
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->id, late);
  EXPECT_EQ(bench.acks.wait_ms(now_ms + 600, 1000), 1000u) << "the one without a time waits for ever";
  EXPECT_EQ(bench.acks.waiting(), 1u);
}

TEST(SocketIoAcks, ThoseOfANamespaceOrOfAConnectionAreDropped) {
  AckBench bench;
  bench.add(0, 0);
  bench.add(0, 1);
  bench.add(0, 1);
  bench.acks.drop(bench.socket, 1);
  EXPECT_EQ(bench.acks.waiting(), 1u);
  bench.acks.drop(bench.socket, SocketIoAcks::kEverySpace);
  EXPECT_EQ(bench.acks.waiting(), 0u);
}

}  // namespace
}  // namespace whit
