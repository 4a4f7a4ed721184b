// SPDX-License-Identifier: MIT
// A client on pipes, an AltcpStream over its connection, and a raw server at the other end. At the end of each test no
// packet of lwIP is in use.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lwip/init.h"
#include "lwip/stats.h"
#include "lwip/timeouts.h"
#include "unit/core/bench.h"
#include "whit/altcp/altcp_stream.h"

namespace altcp_test {

using whit::AltcpStream;
using whit::Event;
using whit::Frame;
using whit::Peer;
using whit::Status;

constexpr int kText = 1, kBinary = 2, kCloseFrame = 8;

class AltcpTest : public testing::Test, protected whit::Bench<2, 4, 512> {
 protected:
  AltcpTest();
  ~AltcpTest() override;

  // The client connects, the server answers.
  void open();
  // Turns of a program: the stream, lwIP's timers, the loop.
  void step(int times = 4);
  void pass(uint32_t ms);  // time goes by, with a turn whenever one is asked for
  std::string sent();      // what has come to the server in binary messages, each ended by "|"
  std::vector<Frame> frames() { return peer.frames(); }

  uint8_t input[100];
  uint8_t output[256];
  AltcpStream stream{client, {input, sizeof input}, {output, sizeof output}};
  Peer peer;
};

}  // namespace altcp_test
