// SPDX-License-Identifier: MIT
// Fields of the request that a function of the application writes, through a loop.
#include "whit/field_writer.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>

#include "unit/core/bench.h"

namespace whit {
namespace {

struct FieldsOptions : ClientOptions {
  std::function<void(FieldWriter)> write;
};
void write_fields(const ClientOptions& options, FieldWriter out) {
  static_cast<const FieldsOptions&>(options).write(out);
}

class FieldWriterTest : public testing::Test, protected Bench<2, 6, 512> {
 protected:
  FieldWriterTest() {
    options_.url = "ws://h/";
    options_.request_fields = write_fields;
  }
  Status connect(std::function<void(FieldWriter)> write) {
    options_.write = std::move(write);
    return client.connect(options_);
  }
  // The end of the request, or how connect() refused it.
  std::string sends(std::function<void(FieldWriter)> write) {
    const size_t before = pipe.answered_count();
    if (connect(std::move(write)) != Status::kOk) return "refused";
    settle();
    std::string received = pipe.answered(before).received();
    client.socket().abort();
    settle();
    return received.substr(received.find("Key: ") + 29);
  }

  FieldsOptions options_;
};

// R-HS-4
TEST_F(FieldWriterTest, WritesThemInPieces) {
  EXPECT_EQ(sends([](FieldWriter) {}), "\r\n\r\n");
  EXPECT_EQ(sends([](FieldWriter out) {
              out.put("X-One", "1");
              out.begin("X-Pieces");
              for (const char* piece : {"a", "", "\tb ", "\xC3\xA4"}) out.add(piece);
              out.put("X-Empty", "");
            }),
            "\r\nX-One: 1\r\nX-Pieces: a\tb \xC3\xA4\r\nX-Empty: \r\n\r\n");
  options_.origin = "https://o";
  options_.headers = "X-Text: t\r\n";
  EXPECT_EQ(sends([](FieldWriter out) { out.put("X-One", "1"); }),
            "\r\nOrigin: https://o\r\nX-One: 1\r\nX-Text: t\r\n\r\n");
}

TEST_F(FieldWriterTest, AreOfAnySize) {
  const std::string token(1500, 't');
  const std::string received = sends([&](FieldWriter out) {
    for (int i = 0; i < 3; ++i) out.put("Authorization", {token.data(), token.size()});
  });
  const std::string field = "\r\nAuthorization: " + token;
  EXPECT_EQ(received, field + field + field + "\r\n\r\n");
}

TEST_F(FieldWriterTest, WhatWouldBreakTheRequestIsRefused) {
  for (const Text name :
       {Text(""), Text("A B"), Text("A:"), Text("A\r\nB"), Text("\xC3\xA4"), Text("A\0", 2), Text("Host"), Text("HOST"),
        Text("upgrade"), Text("Connection"), Text("Origin"), Text("Content-Length"), Text("Transfer-Encoding"),
        Text("Sec-WebSocket-Key"), Text("sec-websocket-version"), Text("Sec-WebSocket-Extensions"),
        Text("Sec-WebSocket-Protocol"), Text("Sec-WebSocket-"), Text("Sec-WebSocket-Of-The-Day-After-Tomorrow")}) {
    EXPECT_EQ(sends([&](FieldWriter out) { out.put(name, "x"); }), "refused") << std::string(name.data, name.size);
  }
  for (const Text name :
       {Text("Hosts"), Text("X-Host"), Text("Sec-WebSocket"), Text("A-Name-Of-More-Than-31-Characters-Is-One")}) {
    EXPECT_NE(sends([&](FieldWriter out) { out.put(name, "x"); }), "refused") << std::string(name.data, name.size);
  }
  for (const Text value : {Text("a\r\nB: c"), Text("a\n"), Text("\r"), Text("a\0b", 3), Text("\x7F")}) {
    EXPECT_EQ(sends([&](FieldWriter out) { out.put("A", value); }), "refused");
    EXPECT_EQ(sends([&](FieldWriter out) {
                out.begin("A");
                out.add("ok");
                out.add(value);
                out.add("ok");
              }),
              "refused");
  }
  EXPECT_EQ(sends([](FieldWriter out) { out.add("a value without a field"); }), "refused");
  EXPECT_EQ(sends([](FieldWriter out) {
              out.begin("Host");
              out.add("of no field");
            }),
            "refused");
  EXPECT_EQ(sends([](FieldWriter out) { out.refuse(); }), "refused");
  EXPECT_EQ(pipe.answered_count(), 4u) << "of those that are none of the handshake's own";
}

// It has to write the same each time. One that does not spoils its own request, never the bounds of a buffer, and no
// byte that is not of the request leaves.
TEST_F(FieldWriterTest, OneThatChangesItsMindInjectsNothing) {
  const std::string secret(500, '!');
  for (int change = 1; change < 12; ++change) {
    for (const bool grows : {false, true}) {
      int calls = 0;
      const std::string filling(grows ? 100 : 1500, 'a');
      const std::string other(grows ? 1500 : 0, 'b');
      const std::string received = sends([&](FieldWriter out) {
        const std::string& value = ++calls > change ? other : filling;
        out.put("A", {value.data(), value.size()});
        if (calls > change) out.put("B", "c\r\nD: e");
      });
      EXPECT_EQ(received.find("D: e"), std::string::npos);
      EXPECT_LT(received.size(), 1600u) << "no more than it has written";
      for (const char c : received) EXPECT_TRUE(c == '\r' || c == '\n' || (c >= ' ' && c <= '~'));
      advance(60000);
      // The same memory held other bytes before.
      Peer peer = open(Role::kClient);
      EXPECT_EQ(peer.socket.send({secret.data(), 400}), Status::kOk);
      settle();
      peer.socket.abort();
      settle();
      expect_baseline();
    }
  }
}

}  // namespace
}  // namespace whit
