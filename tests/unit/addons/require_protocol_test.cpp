// SPDX-License-Identifier: MIT
#include "whit/require_protocol.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/core/bench.h"

namespace whit {
namespace {

constexpr Text kOurs[] = {"v2.chat", "chat"};

std::string chosen(Text offered, size_t count = 2) {
  Request request;
  request.protocols = offered;
  const Text protocol = choose_protocol(request, kOurs, count);
  return {protocol.data, protocol.size};
}

TEST(RequireProtocol, TheBestOfOurs) {
  EXPECT_EQ(chosen("chat"), "chat");
  EXPECT_EQ(chosen("chat, v2.chat"), "v2.chat") << "our order counts";
  EXPECT_EQ(chosen("mqtt,chat"), "chat");
  EXPECT_EQ(chosen(" ,\t, chat ,"), "chat");
  EXPECT_EQ(chosen("v2.chat", 1), "v2.chat");
}

// RFC 6455, 11.5: compared exactly.
TEST(RequireProtocol, NoneOfOurs) {
  for (const Text offered : {Text(""), Text("mqtt"), Text("Chat"), Text("chat2"), Text("v2"), Text("cha t"),
                             Text("v2.chat2, xchat"), Text(",")}) {
    EXPECT_EQ(chosen(offered), "") << std::string(offered.data, offered.size);
  }
  EXPECT_EQ(chosen("chat", 0), "");
}

struct RequireBench : Bench<2, 4, 512> {
  RequireBench() {
    server_options.on_request = &keep_request_fields;
    server_options.protocols = kOurs;
    server_options.protocol_count = 2;
    app = [this](const Event& event) {
      Request request;
      if (event.type != Event::kRequest || !event.socket.request(&request)) return;
      passed = require_protocol(event.socket, request, kOurs, 2, &protocol);
      if (!passed) return;
      EXPECT_EQ(event.socket.accept(protocol), Status::kOk);
    };
    listen();
  }
  std::string answer_to(const std::string& fields) {
    TestPeer& peer = pipe.dial(80);
    peer.send(request(fields));
    settle();
    return peer.take();
  }
  bool passed = false;
  Text protocol;
};

TEST(RequireProtocol, AClientThatSpeaksNoneIsRefused) {
  RequireBench bench;
  for (const char* fields : {"", "Sec-WebSocket-Protocol: mqtt\r\n"}) {
    const std::string answer = bench.answer_to(fields);
    EXPECT_EQ(answer.substr(0, 13), "HTTP/1.1 400 ") << answer;
    EXPECT_NE(answer.find("\r\n\r\nThe server speaks none of the subprotocols"), std::string::npos) << answer;
    EXPECT_FALSE(bench.passed);
  }
  EXPECT_EQ(bench.count(Event::kOpen), 0u);
}

TEST(RequireProtocol, AClientThatSpeaksOneIsAccepted) {
  RequireBench bench;
  const std::string answer = bench.answer_to("Sec-WebSocket-Protocol: mqtt, chat\r\n");
  EXPECT_NE(answer.find("\r\nSec-WebSocket-Protocol: chat\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(bench.passed);
  EXPECT_EQ(bench.count(Event::kOpen), 1u);
}

}  // namespace
}  // namespace whit
