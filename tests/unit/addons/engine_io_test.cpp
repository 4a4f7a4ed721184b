// SPDX-License-Identifier: MIT
#include "whit/engine_io.h"

#include <gtest/gtest.h>

#include <string>

#include "whit/packet_writer.h"

namespace whit {
namespace {

std::string shown(Text text) { return text.data != nullptr ? std::string(text.data, text.size) : "none"; }

// The packet in the protocol's own description.
TEST(EngineIo, TheOpenPacket) {
  EngineIoOpen open;
  ASSERT_TRUE(parse_engine_io_open(
      R"({"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})",
      &open));
  EXPECT_EQ(shown(open.sid), "lv_VI97HAXpY6yYWAAAC");
  EXPECT_EQ(open.ping_interval_ms, 25000u);
  EXPECT_EQ(open.ping_timeout_ms, 20000u);
  EXPECT_EQ(open.max_payload, 1000000u);
  ASSERT_TRUE(parse_engine_io_open(R"({"pingTimeout":1073741824,"pingInterval":1,"sid":"a"})", &open));
  EXPECT_EQ(open.max_payload, 0u) << "servers before 6.0 do not say it";
}

TEST(EngineIo, AnOpenPacketThatBreaksItsRules) {
  for (const char* json : {
           "",
           "{}",
           "[]",
           R"({"sid":"","pingInterval":1,"pingTimeout":1})",
           R"({"sid":1,"pingInterval":1,"pingTimeout":1})",
           R"({"sid":"a\"b","pingInterval":1,"pingTimeout":1})",
           R"({"pingInterval":1,"pingTimeout":1})",
           R"({"sid":"a","pingTimeout":1})",
           R"({"sid":"a","pingInterval":1})",
           R"({"sid":"a","pingInterval":0,"pingTimeout":1})",
           R"({"sid":"a","pingInterval":1073741825,"pingTimeout":1})",
           R"({"sid":"a","pingInterval":1,"pingTimeout":4294967296})",
           R"({"sid":"a","pingInterval":1,"pingTimeout":"1"})",
           R"({"sid":"a","pingInterval":1,"pingTimeout":1,"maxPayload":-1})",
           R"({"sid":"a","pingInterval":1,"pingTimeout":1)",
           R"({"sid":"a","pingInterval":1,"pingTimeout":1}x)",
       }) {
    EngineIoOpen open;
    EXPECT_FALSE(parse_engine_io_open(json, &open)) << json;
  }
}

TEST(EngineIo, TheUrlOfAServer) {
  const std::pair<const char*, const char*> cases[] = {
      {"ws://host:3000", "ws://host:3000/socket.io/?EIO=4&transport=websocket"},
      {"wss://[::1]:3000", "wss://[::1]:3000/socket.io/?EIO=4&transport=websocket"},
      {"ws://host/", "ws://host/?EIO=4&transport=websocket"},
      {"ws://host/own/path/", "ws://host/own/path/?EIO=4&transport=websocket"},
      {"ws://host/own/?token=a/b", "ws://host/own/?token=a/b&EIO=4&transport=websocket"},
      {"ws://host?a=b", "ws://host?a=b&EIO=4&transport=websocket"},
      {"nonsense", "nonsense/socket.io/?EIO=4&transport=websocket"},
  };
  for (const auto& [base, url] : cases) {
    uint8_t memory[100];
    EXPECT_EQ(shown(engine_io_url(base, {memory, sizeof memory})), url);
    EXPECT_EQ(shown(engine_io_url(base, {memory, std::string(url).size()})), url);
    EXPECT_EQ(shown(engine_io_url(base, {memory, std::string(url).size() - 1})), "none") << "it does not fit";
  }
}

TEST(PacketWriter, CountsWithoutMemoryAndStaysWithinIt) {
  uint8_t memory[8] = {0, 0, 0, 0, 0, 0, 0, 99};
  PacketWriter out(MutableBytes{memory, 7});
  PacketWriter counter;
  for (PacketWriter* const each : {&out, &counter}) {
    each->put("abc");
    each->put_number(0);
    each->put('-');
    EXPECT_EQ(each->size(), 5u);
    each->put_number(4294967295u);
    EXPECT_EQ(each->size(), 15u);
    EXPECT_FALSE(each->fits());
  }
  EXPECT_EQ(std::string(reinterpret_cast<char*>(memory), 5), "abc0-");
  EXPECT_EQ(memory[7], 99);
}

}  // namespace
}  // namespace whit
