// SPDX-License-Identifier: MIT
// The pipe port's own checks and faults; what it has in common with the other ports is in conformance_test.cpp.
#include <gtest/gtest.h>

#include <string>

#include "unit/port/test_pipe.h"

namespace whit {
namespace {

// A network as a loop holds it.
class PipeTest : public testing::Test {
 protected:
  PipeTest() { begin(pipe_, ready_, links_); }

  template <class Network>
  static void begin(Network& network, IndexQueue& ready, uint16_t* links) {
    ready.attach(links, network.capacity());
    network.attach(&ready);
  }

  Transport& accepted(uint16_t index = 0) {
    if (pipe_.listening_port(0) == 0 && pipe_.listen(0, "", 80, false) != Status::kOk) ADD_FAILURE();
    peer_ = &pipe_.dial(80);
    Transport* transport = pipe_.accept(0, index);
    EXPECT_EQ(pipe_.peer(index), peer_);
    EXPECT_NE(transport, nullptr);
    EXPECT_EQ(transport->progress().layer, Layer::kOpen);
    return *transport;
  }

  TestPeer& peer() { return *peer_; }  // of the last connection

  std::string read(Transport& transport, size_t most = 64) {
    uint8_t bytes[64];
    const Transfer transfer = transport.read({bytes, most});
    last_ = transfer.status;
    return {reinterpret_cast<const char*>(bytes), transfer.status == Status::kOk ? transfer.size : 0};
  }

  Transfer write(Transport& transport, Text text) { return transport.write(as_bytes(text)); }

  bool announced(uint16_t index = 0) {
    pipe_.poll(++now_ms_);
    bool found = false;
    while (!ready_.empty()) found = ready_.take() == index || found;
    return found;
  }

  TestPipe<4, 16> pipe_;
  IndexQueue ready_;
  uint16_t links_[4] = {};
  TestPeer* peer_ = nullptr;
  Status last_ = Status::kOk;
  uint32_t now_ms_ = 0;
};

TEST_F(PipeTest, CarriesBytesBothWays) {
  Transport& transport = accepted();
  peer().send("hello");
  EXPECT_TRUE(announced());
  EXPECT_EQ(read(transport), "hello");
  EXPECT_EQ(write(transport, "world").size, 5u);
  pipe_.turn_peers();
  EXPECT_EQ(peer().received(), "world");
  EXPECT_EQ(pipe_.violations(), 0u) << pipe_.violation();
}

TEST_F(PipeTest, BytesSentBeforeAcceptArriveAfterIt) {
  ASSERT_EQ(pipe_.listen(0, "", 80, false), Status::kOk);
  TestPeer& early = pipe_.dial(80);
  early.send("early");
  Transport* transport = pipe_.accept(0, 2);
  ASSERT_NE(transport, nullptr);
  EXPECT_EQ(transport->progress().status, Status::kOk);
  EXPECT_TRUE(announced(2));
  EXPECT_EQ(read(*transport), "early");
}

TEST_F(PipeTest, AnnouncesOnlyAfterTheLoopHasSeenTheEnd) {
  Transport& transport = accepted();
  announced();
  EXPECT_EQ(read(transport), "");
  peer().send("ab");
  EXPECT_TRUE(announced());
  EXPECT_FALSE(announced());
  EXPECT_EQ(read(transport, 1), "a");  // not short: the loop must ask again by itself
  peer().send("c");
  EXPECT_FALSE(announced());
  EXPECT_EQ(read(transport, 8), "bc");  // short: now more is announced
  EXPECT_FALSE(announced());
  peer().send("d");
  EXPECT_TRUE(announced());
}

TEST_F(PipeTest, AnnouncesRoomOnlyAfterAWriteThatBlocked) {
  Transport& transport = accepted();
  TestPeer& other = peer();
  announced();
  other.set_window(3);
  other.stop_reading();
  EXPECT_EQ(write(transport, "abcd").size, 3u);
  other.turn();
  EXPECT_FALSE(announced());
  EXPECT_EQ(write(transport, "d").status, Status::kWouldBlock);
  EXPECT_FALSE(announced());
  other.start_reading();
  EXPECT_TRUE(announced());
  EXPECT_EQ(write(transport, "d").status, Status::kOk) << "another address would be a violation";
}

TEST_F(PipeTest, CountsAWriteThatIsNotRepeated) {
  Transport& transport = accepted();
  peer().set_window(0);
  char bytes[] = "abcd";
  EXPECT_EQ(write(transport, {bytes, 4}).status, Status::kWouldBlock);
  EXPECT_EQ(write(transport, {bytes, 4}).status, Status::kWouldBlock);
  EXPECT_EQ(pipe_.violations(), 0u);
  EXPECT_EQ(write(transport, {bytes, 3}).status, Status::kWouldBlock);
  EXPECT_EQ(pipe_.violations(), 1u);
  EXPECT_EQ(write(transport, {bytes + 1, 3}).status, Status::kWouldBlock);
  EXPECT_EQ(pipe_.violations(), 2u);
  bytes[1] = 'x';
  EXPECT_EQ(write(transport, {bytes + 1, 3}).status, Status::kWouldBlock);
  EXPECT_EQ(pipe_.violations(), 3u);
  EXPECT_EQ(transport.finish(), Status::kOk);
  EXPECT_EQ(pipe_.violations(), 4u);
}

TEST_F(PipeTest, TheSameBytesElsewhereAreAnotherWrite) {
  Transport& transport = accepted();
  peer().set_window(0);
  const char twice[] = "abab";
  EXPECT_EQ(write(transport, {twice, 2}).status, Status::kWouldBlock);
  EXPECT_EQ(write(transport, {twice + 2, 2}).status, Status::kWouldBlock);
  EXPECT_EQ(pipe_.violations(), 1u);
  EXPECT_STREQ(pipe_.violation(), "after kWouldBlock a write with another address or length");
  // Once it is repeated and taken, anything may follow.
  peer().set_window(16);
  EXPECT_EQ(write(transport, {twice + 2, 2}).size, 2u);
  EXPECT_EQ(write(transport, "other").size, 5u);
  EXPECT_EQ(transport.finish(), Status::kOk);
  EXPECT_EQ(pipe_.violations(), 1u);
}

TEST_F(PipeTest, CountsCallsThatAreNotAllowed) {
  Transport& transport = accepted();
  uint8_t byte = 0;
  EXPECT_EQ(transport.read({&byte, 0}).status, Status::kWouldBlock);
  EXPECT_EQ(pipe_.violations(), 1u);
  EXPECT_EQ(transport.write({&byte, 0}).status, Status::kWouldBlock);
  EXPECT_EQ(pipe_.violations(), 2u);
  EXPECT_EQ(pipe_.accept(0, 0), nullptr);
  EXPECT_EQ(pipe_.violations(), 3u);
  EXPECT_EQ(transport.finish(), Status::kOk);
  EXPECT_EQ(transport.write({&byte, 1}).status, Status::kFailed);
  EXPECT_EQ(pipe_.violations(), 4u);
  transport.abort();
  transport.abort();
  EXPECT_EQ(pipe_.violations(), 5u);
  EXPECT_EQ(transport.read({&byte, 1}).status, Status::kFailed);
  EXPECT_EQ(pipe_.violations(), 6u);
  EXPECT_STREQ(pipe_.violation(), "read into nothing");
  pipe_.forbid_calls(true);
  pipe_.poll(0);
  EXPECT_EQ(pipe_.violations(), 7u);
}

TEST_F(PipeTest, CountsIoBeforeTheConnectionIsOpen) {
  Status status = Status::kOk;
  Transport* transport = pipe_.connect(0, "example", 80, false, &status);
  ASSERT_NE(transport, nullptr);
  uint8_t byte = 0;
  EXPECT_NE(transport->read({&byte, 1}).status, Status::kOk);
  EXPECT_EQ(pipe_.violations(), 1u);
}

TEST_F(PipeTest, LimitsAndBlocksAsTold) {
  pipe_.faults().read_max = 2;
  pipe_.faults().write_max = 1;
  pipe_.faults().read_block_every = 2;
  pipe_.faults().write_block_every = 3;
  Transport& transport = accepted();
  peer().send("abc");
  EXPECT_EQ(read(transport), "ab");
  EXPECT_TRUE(announced());
  EXPECT_EQ(read(transport), "");
  EXPECT_EQ(last_, Status::kWouldBlock);
  EXPECT_TRUE(announced()) << "blocked by a fault: announced again";
  EXPECT_EQ(read(transport), "c");
  EXPECT_EQ(write(transport, "xyz").size, 1u);
  EXPECT_EQ(write(transport, "yz").size, 1u);
  const Text rest = "z";
  EXPECT_EQ(write(transport, rest).status, Status::kWouldBlock);
  EXPECT_TRUE(announced());
  EXPECT_EQ(write(transport, rest).size, 1u);
  pipe_.turn_peers();
  EXPECT_EQ(peer().received(), "xyz");
}

TEST_F(PipeTest, RandomSizesRepeatWithTheSeed) {
  std::string sizes[2];
  for (std::string& each : sizes) {
    pipe_.seed(7);
    pipe_.faults().write_max = 5;
    pipe_.faults().random_sizes = true;
    Transport& transport = accepted();
    for (int i = 0; i < 20; ++i) {
      each += std::to_string(write(transport, "0123456789").size);
      pipe_.turn_peers();
    }
    uint8_t noise[4];
    EXPECT_EQ(pipe_.random({noise, sizeof noise}), Status::kOk);
    each += std::to_string(noise[0]) + std::to_string(noise[3]);
    transport.abort();
  }
  EXPECT_EQ(sizes[0], sizes[1]);
  EXPECT_NE(sizes[0].find('5'), std::string::npos);
  EXPECT_NE(sizes[0].find('1'), std::string::npos);
}

TEST_F(PipeTest, CutsTheInputAtAByte) {
  for (const PipeCut how : {PipeCut::kFin, PipeCut::kReset, PipeCut::kSilence}) {
    for (uint32_t at = 0; at < 4; ++at) {
      pipe_.faults().cut_input = how;
      pipe_.faults().cut_input_at = at;
      Transport& transport = accepted();
      peer().send("abcdef");
      std::string got;
      for (int i = 0; i < 4; ++i) got += read(transport, 3);
      EXPECT_EQ(got, std::string("abcdef").substr(0, at));
      const Status expected = how == PipeCut::kFin     ? Status::kClosed
                              : how == PipeCut::kReset ? Status::kFailed
                                                       : Status::kWouldBlock;
      EXPECT_EQ(last_, expected);
      EXPECT_EQ(transport.error(), how == PipeCut::kReset ? kPipeReset : 0);
      transport.abort();
    }
  }
  EXPECT_EQ(pipe_.violations(), 0u) << pipe_.violation();
}

TEST_F(PipeTest, CutsTheOutputAtAByte) {
  for (const PipeCut how : {PipeCut::kFin, PipeCut::kReset, PipeCut::kSilence}) {
    pipe_.faults().cut_output = how;
    pipe_.faults().cut_output_at = 2;
    Transport& transport = accepted();
    TestPeer& other = peer();
    EXPECT_EQ(read(transport), "");
    announced();
    EXPECT_EQ(write(transport, "abc").size, 2u);
    EXPECT_EQ(announced(), how != PipeCut::kSilence);
    read(transport);
    EXPECT_EQ(last_, how == PipeCut::kFin     ? Status::kClosed
                     : how == PipeCut::kReset ? Status::kFailed
                                              : Status::kWouldBlock);
    EXPECT_EQ(other.received(), how == PipeCut::kFin ? "ab" : "");
    transport.abort();
  }
}

TEST_F(PipeTest, TheLimitOfWritesIsAZeroWindow) {
  pipe_.faults().write_limited = true;
  pipe_.faults().write_limit = 3;
  Transport& transport = accepted();
  EXPECT_EQ(write(transport, "abcd").size, 3u);
  EXPECT_EQ(write(transport, "d").status, Status::kWouldBlock);
}

TEST_F(PipeTest, HoldsAndFailsInEachLayer) {
  pipe_.offer_secure(true);
  for (const Layer layer : {Layer::kResolve, Layer::kConnect, Layer::kSecure}) {
    for (const bool fails : {false, true}) {
      pipe_.faults().hold_at = layer;
      pipe_.faults().fail_at = fails ? layer : Layer::kOpen;
      pipe_.faults().fail_error = 42;
      Status status = Status::kFailed;
      Transport* transport = pipe_.connect(0, "example", 443, true, &status);
      ASSERT_NE(transport, nullptr);
      EXPECT_EQ(transport->progress().layer, layer);
      EXPECT_EQ(transport->progress().status, Status::kWouldBlock);
      announced();
      pipe_.transport(0).release();
      EXPECT_TRUE(announced());
      EXPECT_EQ(transport->progress().layer, fails ? layer : Layer::kOpen);
      EXPECT_EQ(transport->progress().status, fails ? Status::kFailed : Status::kOk);
      EXPECT_EQ(transport->error(), fails ? 42 : 0);
      transport->abort();
    }
  }
  EXPECT_EQ(pipe_.answered(0).host, "example");
  EXPECT_TRUE(pipe_.answered(0).secure);
  EXPECT_EQ(pipe_.answered(0).port, 443);
}

TEST_F(PipeTest, AcceptedConnectionsCanBeHeldInTls) {
  ASSERT_EQ(pipe_.listen(0, "", 443, false), Status::kOk);
  pipe_.dial(443);
  pipe_.faults().hold_at = Layer::kSecure;
  Transport* transport = pipe_.accept(0, 0);
  ASSERT_NE(transport, nullptr);
  EXPECT_EQ(transport->progress().layer, Layer::kSecure);
  pipe_.transport(0).release();
  EXPECT_EQ(transport->progress().layer, Layer::kOpen);
}

TEST_F(PipeTest, FailsTheCallThatWasChosen) {
  Transport& transport = accepted();
  peer().send("abc");
  pipe_.fail_call(2, Status::kWouldBlock, 0);
  EXPECT_EQ(read(transport, 1), "a");
  EXPECT_FALSE(pipe_.fault_hit());
  EXPECT_EQ(read(transport, 1), "");
  EXPECT_TRUE(pipe_.fault_hit());
  EXPECT_EQ(last_, Status::kWouldBlock);
  EXPECT_TRUE(announced());
  EXPECT_EQ(read(transport, 1), "b");
  pipe_.fail_call(1, Status::kClosed, 0);
  EXPECT_EQ(read(transport), "");
  EXPECT_EQ(last_, Status::kClosed);
  EXPECT_EQ(read(transport), "");
  EXPECT_EQ(last_, Status::kClosed) << "an end stays";
  pipe_.fail_call(1, Status::kFailed, 104);
  EXPECT_EQ(write(transport, "x").status, Status::kFailed);
  EXPECT_EQ(transport.error(), 104);
  EXPECT_EQ(read(transport), "");
  EXPECT_EQ(last_, Status::kClosed) << "whatever breaks then";
  uint8_t byte = 0;
  pipe_.fail_call(1, Status::kFailed, 5);
  EXPECT_EQ(pipe_.random({&byte, 1}), Status::kFailed);
  Status status = Status::kOk;
  pipe_.fail_call(1, Status::kFailed, 5);
  EXPECT_EQ(pipe_.connect(1, "example", 80, false, &status), nullptr);
  EXPECT_EQ(status, Status::kFailed);
  EXPECT_EQ(pipe_.error(), 5);
}

TEST_F(PipeTest, AcceptsThatAreRefusedStayWaiting) {
  ASSERT_EQ(pipe_.listen(0, "", 80, false), Status::kOk);
  pipe_.dial(80);
  pipe_.refuse_accepts(1);
  EXPECT_EQ(pipe_.accept(0, 0), nullptr);
  EXPECT_NE(pipe_.accept(0, 0), nullptr);
}

TEST_F(PipeTest, BlocksFinishAsTold) {
  pipe_.faults().finish_blocks = 2;
  Transport& transport = accepted();
  EXPECT_EQ(transport.finish(), Status::kWouldBlock);
  EXPECT_TRUE(announced());
  EXPECT_EQ(transport.finish(), Status::kWouldBlock);
  pipe_.turn_peers();
  EXPECT_FALSE(peer().closed());
  EXPECT_EQ(transport.finish(), Status::kOk);
  EXPECT_TRUE(peer().closed());
}

TEST_F(PipeTest, AbortIsAResetUnlessBothHaveFinished) {
  Transport& first = accepted();
  TestPeer& one = peer();
  EXPECT_EQ(first.finish(), Status::kOk);
  one.close();
  first.abort();
  EXPECT_FALSE(one.was_reset());
  Transport& second = accepted();
  TestPeer& other = peer();
  EXPECT_EQ(write(second, "lost").size, 4u);
  EXPECT_EQ(second.finish(), Status::kOk);
  second.abort();
  EXPECT_TRUE(other.was_reset());
  EXPECT_FALSE(announced()) << "news of a connection that is gone";
  EXPECT_EQ(other.received(), "") << "a reset takes what was on its way";
  EXPECT_EQ(pipe_.in_use(), 0);
  EXPECT_EQ(pipe_.opened(), 2u);
  EXPECT_EQ(pipe_.aborted(), 2u);
}

TEST_F(PipeTest, ThePeerCanResetDripAndFallSilent) {
  Transport& transport = accepted();
  TestPeer& other = peer();
  other.drip(1);
  other.send("abc");
  announced();
  EXPECT_EQ(read(transport), "a");
  announced();
  EXPECT_EQ(read(transport), "b");
  other.freeze();
  announced();
  EXPECT_EQ(read(transport), "");
  EXPECT_EQ(last_, Status::kWouldBlock);
  other.drip(0);
  other.close();
  EXPECT_FALSE(announced()) << "the cable is cut: nobody hears of it";
  other.reset();
  EXPECT_FALSE(announced());
  transport.abort();
  Transport& second = accepted();
  announced();
  peer().reset();
  EXPECT_TRUE(announced());
  read(second);
  EXPECT_EQ(last_, Status::kFailed);
  EXPECT_EQ(second.error(), kPipeReset);
}

TEST_F(PipeTest, SpuriousReadinessOnRequest) {
  accepted(3);
  announced(3);
  EXPECT_FALSE(announced(3));
  pipe_.announce_all(true);
  EXPECT_TRUE(announced(3));
}

TEST_F(PipeTest, JoinedNetworksReachEachOther) {
  PipeNetwork<2, 8> other;
  IndexQueue other_ready;
  uint16_t other_links[2] = {};
  begin(other, other_ready, other_links);
  pipe_.refuse_unknown(true);
  pipe_.join(other);
  ASSERT_EQ(other.listen(1, "", 8080, false), Status::kOk);
  EXPECT_EQ(pipe_.listen(0, "", 8080, false), Status::kInUse);
  Status status = Status::kFailed;
  Transport* dialer = pipe_.connect(3, "other", 8080, false, &status);
  ASSERT_NE(dialer, nullptr);
  EXPECT_EQ(dialer->progress().status, Status::kWouldBlock);
  Transport* taken = other.accept(1, 1);
  ASSERT_NE(taken, nullptr);
  EXPECT_TRUE(announced(3));
  EXPECT_EQ(dialer->progress().status, Status::kOk);
  EXPECT_EQ(taken->progress().status, Status::kOk);
  EXPECT_EQ(write(*dialer, "0123456789").size, 8u);
  EXPECT_EQ(read(*taken), "01234567");
  Transport* refused = pipe_.connect(0, "other", 81, false, &status);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->progress().layer, Layer::kConnect);
  EXPECT_EQ(refused->progress().status, Status::kFailed);
  EXPECT_EQ(refused->error(), kPipeRefused);
}

TEST_F(PipeTest, SecureNeedsAnOffer) {
  Status status = Status::kOk;
  EXPECT_EQ(pipe_.connect(0, "example", 443, true, &status), nullptr);
  EXPECT_EQ(status, Status::kInvalidArgument);
}

TEST_F(PipeTest, UnlistenResetsWhoWaits) {
  ASSERT_EQ(pipe_.listen(0, "", 80, false), Status::kOk);
  TestPeer& waiting = pipe_.dial(80);
  pipe_.unlisten(0);
  EXPECT_TRUE(waiting.was_reset());
  EXPECT_EQ(pipe_.accept(0, 0), nullptr);
  EXPECT_TRUE(pipe_.dial(80).was_reset());
}

}  // namespace
}  // namespace whit
