// SPDX-License-Identifier: MIT
// The promises of altcp, each seen by an application that keeps a record of its callbacks.
#include "whit/altcp/altcp_stream.h"

#include <algorithm>

#include "altcp_bench.h"
#include "lwip/altcp_tls.h"

namespace altcp_test {
namespace {

class AltcpStreamTest : public AltcpTest {
 protected:
  // An application of lwIP's raw API.
  struct Application {
    altcp_pcb* conn = nullptr;
    std::string record;     // what was called, in its order
    err_t answer = ERR_OK;  // of recv
    bool keeps_window = false;
    bool closes = false;
    bool aborts = false;
    std::vector<pbuf*> kept;
  };

  void TearDown() override {
    if (application.conn != nullptr && !over()) altcp_abort(application.conn);
    for (pbuf* each : application.kept) pbuf_free(each);
    step();
  }

  bool over() const { return application.record.find("err") != std::string::npos || closed; }

  // What an application does before it is connected.
  void create() {
    altcp_allocator_t allocator = {AltcpStream::allocate, &stream};
    application.conn = altcp_new(&allocator);
    ASSERT_NE(application.conn, nullptr);
    application.record.clear();
    closed = false;
    altcp_arg(application.conn, &application);
    altcp_err(application.conn, on_err);
    altcp_recv(application.conn, on_recv);
    altcp_sent(application.conn, on_sent);
    EXPECT_EQ(altcp_bind(application.conn, IP_ADDR_ANY, 0), ERR_OK);
    EXPECT_EQ(altcp_connect(application.conn, IP_ADDR_ANY, 1883, on_connected), ERR_OK);
  }
  void connected() {
    open();
    create();
    step();
    ASSERT_EQ(taken(), "connected ");
  }
  std::string taken() { return std::exchange(application.record, std::string()); }

  err_t write(const std::string& text) {
    return altcp_write(application.conn, text.data(), static_cast<u16_t>(text.size()), TCP_WRITE_FLAG_COPY);
  }

  static err_t on_connected(void* arg, altcp_pcb* conn, err_t error) {
    auto& self = *static_cast<Application*>(arg);
    EXPECT_EQ(conn, self.conn);
    EXPECT_EQ(error, ERR_OK);
    self.record += "connected ";
    return ERR_OK;
  }
  static err_t on_recv(void* arg, altcp_pcb* conn, pbuf* data, err_t error) {
    auto& self = *static_cast<Application*>(arg);
    EXPECT_EQ(error, ERR_OK);
    if (data == nullptr) {
      self.record += "end ";
      return ERR_OK;
    }
    std::string text(data->tot_len, '\0');
    pbuf_copy_partial(data, &text[0], data->tot_len, 0);
    if (self.answer != ERR_OK) {
      self.record += "refused(" + text + ") ";
      return self.answer;
    }
    self.record += text + " ";
    if (!self.keeps_window) altcp_recved(conn, data->tot_len);
    pbuf_free(data);
    if (self.closes) {
      EXPECT_EQ(altcp_close(conn), ERR_OK);
    }
    if (!self.aborts) return ERR_OK;
    altcp_abort(conn);
    return ERR_ABRT;
  }
  static err_t on_sent(void* arg, altcp_pcb*, u16_t size) {
    static_cast<Application*>(arg)->record += "sent(" + std::to_string(size) + ") ";
    return ERR_OK;
  }
  static err_t on_poll(void* arg, altcp_pcb*) {
    static_cast<Application*>(arg)->record += "poll ";
    return ERR_OK;
  }
  static void on_err(void* arg, err_t error) {
    static_cast<Application*>(arg)->record += "err(" + std::to_string(error) + ") ";
  }

  Application application;
  bool closed = false;
};

TEST_F(AltcpStreamTest, ItTakesTheOpenConnection) {
  open();
  create();
  EXPECT_EQ(taken(), "") << "not inside of altcp_connect()";
  EXPECT_EQ(stream.wait_ms(1000, now_ms), 0u);
  step(1);
  EXPECT_EQ(taken(), "connected ");
}

TEST_F(AltcpStreamTest, OrItWaitsForTheNextOne) {
  create();
  step();
  EXPECT_EQ(taken(), "");
  EXPECT_EQ(stream.wait_ms(1000, now_ms), 1000u);
  EXPECT_EQ(write("x"), ERR_CONN);
  open();
  EXPECT_EQ(taken(), "connected ");
}

TEST_F(AltcpStreamTest, AnAttemptThatFailsIsAnError) {
  create();
  EXPECT_EQ(client.connect(client_options), Status::kOk);
  step();
  pipe.answered(0).send("HTTP/1.1 503 Busy\r\n\r\n");
  step();
  EXPECT_EQ(taken(), "err(" + std::to_string(ERR_ABRT) + ") ");
  application.conn = nullptr;
}

TEST_F(AltcpStreamTest, ThereIsOneAtATime) {
  connected();
  EXPECT_EQ(AltcpStream::allocate(&stream, IPADDR_TYPE_V4), nullptr);
  EXPECT_EQ(altcp_tls_new(stream.tls_config(), IPADDR_TYPE_V4), nullptr);
  EXPECT_EQ(altcp_connect(application.conn, IP_ADDR_ANY, 1, on_connected), ERR_ISCONN);
  EXPECT_EQ(altcp_close(application.conn), ERR_OK);
  application.conn = altcp_tls_new(stream.tls_config(), IPADDR_TYPE_V4);
  EXPECT_NE(application.conn, nullptr);
}

TEST_F(AltcpStreamTest, ReceivedBytesComeInPackets) {
  connected();
  const std::string large(200, 'x');  // more than a packet, and more than the memory of the stream
  peer.send(kBinary, "ab");
  peer.send(kBinary, large);
  step();
  std::string got = taken();
  got.erase(std::remove(got.begin(), got.end(), ' '), got.end());
  EXPECT_EQ(got, "ab" + large);
}

TEST_F(AltcpStreamTest, TheRestOfAMessageIsAskedForAtOnce) {
  connected();
  peer.send(kBinary, std::string(200, 'x'));
  step(1);
  EXPECT_EQ(taken(), std::string(100, 'x') + " ");
  EXPECT_EQ(stream.wait_ms(1000, now_ms), 0u);
}

TEST_F(AltcpStreamTest, OtherConnectionsAreNoneOfItsBusiness) {
  connected();
  Peer other = whit::Bench<2, 4, 512>::open(whit::wire::Role::kServer);
  other.send(kBinary, "other");
  step();
  other.pipe->reset();
  step();
  peer.send(kBinary, "ours");
  step();
  EXPECT_EQ(taken(), "ours ");
}

TEST_F(AltcpStreamTest, ItGivesNoMoreThanTheWindow) {
  connected();
  application.keeps_window = true;
  for (int i = 0; i < 10; ++i) peer.send(kBinary, std::string(100, static_cast<char>('0' + i)));
  step(20);
  std::string got = taken();
  EXPECT_EQ(got.size() - std::count(got.begin(), got.end(), ' '), size_t{TCP_WND});
  EXPECT_NE(stream.wait_ms(1000, now_ms), 0u) << "it does not turn in vain";
  altcp_recved(application.conn, 150);
  EXPECT_EQ(stream.wait_ms(1000, now_ms), 0u);
  step(20);
  got = taken();
  EXPECT_EQ(got.size() - std::count(got.begin(), got.end(), ' '), 150u);
  altcp_recved(application.conn, 0xFFFF);  // no more than a window
  step(20);
  got = taken();
  EXPECT_EQ(got.size() - std::count(got.begin(), got.end(), ' '), size_t{TCP_WND});
}

TEST_F(AltcpStreamTest, WhatIsRefusedComesAgainLater) {
  connected();
  application.answer = ERR_MEM;
  peer.send(kBinary, "one");
  step();
  peer.send(kBinary, "two");
  step();
  EXPECT_EQ(taken(), "refused(one) ");
  pass(249);
  EXPECT_EQ(taken(), "");
  application.answer = ERR_OK;
  pass(1);
  EXPECT_EQ(taken(), "one two ");
}

// The packets that are in use are counted at the end of the test.
TEST_F(AltcpStreamTest, WhatIsRefusedIsFreedAtTheEnd) {
  connected();
  application.answer = ERR_MEM;
  peer.send(kBinary, "one");
  step();
  EXPECT_EQ(taken(), "refused(one) ");
  peer.pipe->reset();
  step();
  EXPECT_EQ(taken(), "err(" + std::to_string(ERR_RST) + ") ");
}

TEST_F(AltcpStreamTest, WithoutPacketsItTriesAgainLater) {
  connected();
  for (int i = 0; i < PBUF_POOL_SIZE; ++i) application.kept.push_back(pbuf_alloc(PBUF_RAW, 1, PBUF_POOL));
  peer.send(kBinary, "late");
  step();
  EXPECT_EQ(taken(), "");
  EXPECT_EQ(stream.wait_ms(1000, now_ms), 250u);
  for (pbuf* each : application.kept) pbuf_free(each);
  application.kept.clear();
  pass(250);
  EXPECT_EQ(taken(), "late ");
}

TEST_F(AltcpStreamTest, WrittenBytesAreOneMessageAtOutput) {
  connected();
  EXPECT_EQ(altcp_sndbuf(application.conn), 256);
  EXPECT_EQ(write("head"), ERR_OK);
  EXPECT_EQ(write("payload"), ERR_OK);
  EXPECT_EQ(altcp_sndbuf(application.conn), 256 - 11);
  step();
  EXPECT_EQ(sent(), "");
  EXPECT_EQ(altcp_output(application.conn), ERR_OK);
  EXPECT_EQ(stream.wait_ms(1000, now_ms), 0u);
  step(1);
  EXPECT_EQ(stream.wait_ms(1000, now_ms), 0u) << "for the callback";
  step();
  EXPECT_EQ(sent(), "headpayload|");
  EXPECT_EQ(taken(), "sent(11) ");
  EXPECT_EQ(altcp_sndbuf(application.conn), 256);
  EXPECT_EQ(stream.wait_ms(1000, now_ms), 1000u);
}

TEST_F(AltcpStreamTest, AWriteIsAllOrNothing) {
  connected();
  EXPECT_EQ(write(std::string(257, 'x')), ERR_MEM);
  EXPECT_EQ(write(std::string(256, 'x')), ERR_OK);
  EXPECT_EQ(write("y"), ERR_MEM);
  EXPECT_EQ(altcp_sndbuf(application.conn), 0);
  EXPECT_EQ(altcp_output(application.conn), ERR_OK);
  step();
  EXPECT_EQ(sent(), std::string(256, 'x') + "|");
}

TEST_F(AltcpStreamTest, SentComesWhenTheTransportHasAll) {
  connected();
  peer.pipe->stop_reading();
  peer.pipe->set_window(0);
  EXPECT_EQ(write("abc"), ERR_OK);
  EXPECT_EQ(altcp_output(application.conn), ERR_OK);
  step(10);
  EXPECT_EQ(taken(), "");
  peer.pipe->set_window(SIZE_MAX);
  peer.pipe->start_reading();
  step(10);
  EXPECT_EQ(taken(), "sent(3) ");
}

TEST_F(AltcpStreamTest, ThePollFunctionRunsInHalfSeconds) {
  connected();
  altcp_poll(application.conn, on_poll, 2);
  pass(999);
  EXPECT_EQ(taken(), "");
  pass(1);
  EXPECT_EQ(taken(), "poll ");
  pass(3000);
  EXPECT_EQ(taken(), "poll poll poll ");
}

TEST_F(AltcpStreamTest, ThePeersEndComesAfterTheLastByte) {
  connected();
  application.answer = ERR_MEM;
  peer.send(kBinary, "last");
  peer.send_close(1000);
  step();
  EXPECT_EQ(taken(), "refused(last) ");
  application.answer = ERR_OK;
  pass(250);
  EXPECT_EQ(taken(), "last end ");
  EXPECT_EQ(write("x"), ERR_CONN);
  EXPECT_EQ(altcp_close(application.conn), ERR_OK);
  closed = true;
}

TEST_F(AltcpStreamTest, ALostConnectionIsAnError) {
  connected();
  peer.send(kBinary, "ab");
  step();
  peer.pipe->reset();
  step();
  EXPECT_EQ(taken(), "ab err(" + std::to_string(ERR_RST) + ") ");
}

TEST_F(AltcpStreamTest, ATextMessageIsAnError) {
  connected();
  peer.send(kText, "text");
  step();
  const std::vector<Frame> all = frames();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].payload.substr(0, 2), "\x03\xEB") << "1003";
  peer.send_close(1003);
  step();
  EXPECT_EQ(taken(), "err(" + std::to_string(ERR_ABRT) + ") ");
}

TEST_F(AltcpStreamTest, CloseSendsWhatWasWritten) {
  connected();
  EXPECT_EQ(write("goodbye"), ERR_OK);
  EXPECT_EQ(altcp_close(application.conn), ERR_OK);
  closed = true;
  EXPECT_EQ(stream.wait_ms(1000, now_ms), 0u);
  step();
  const std::vector<Frame> all = frames();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].payload, "goodbye");
  EXPECT_EQ(all[1].opcode, kCloseFrame);
  EXPECT_EQ(taken(), "") << "no callback after altcp_close()";
}

TEST_F(AltcpStreamTest, CloseWaitsForRoomForWhatWasWritten) {
  connected();
  peer.pipe->stop_reading();
  peer.pipe->set_window(0);
  std::string expected;
  for (int i = 0; i < 3; ++i) {
    const std::string text(200, static_cast<char>('a' + i));
    EXPECT_EQ(write(text), ERR_OK);
    expected += text + "|";
    if (i < 2) {
      EXPECT_EQ(altcp_output(application.conn), ERR_OK);
      step();
    }
  }
  EXPECT_EQ(altcp_close(application.conn), ERR_OK);
  closed = true;
  step();
  EXPECT_NE(stream.wait_ms(1000, now_ms), 0u) << "it does not turn in vain";
  peer.pipe->set_window(SIZE_MAX);
  peer.pipe->start_reading();
  settle();  // the loop alone, until it says that there is room
  EXPECT_EQ(count(Event::kWritable), 1u);
  EXPECT_EQ(stream.wait_ms(1000, now_ms), 0u);
  step();
  std::string got;
  for (const Frame& each : frames()) got += each.opcode == kCloseFrame ? "close" : each.payload + "|";
  EXPECT_EQ(got, expected + "close");
}

TEST_F(AltcpStreamTest, ItMayBeClosedInsideOfACallback) {
  connected();
  application.closes = true;
  peer.send(kBinary, "one");
  peer.send(kBinary, "two");
  step();
  EXPECT_EQ(taken(), "one ");
  closed = true;
}

TEST_F(AltcpStreamTest, ItMayBeAbortedInsideOfACallback) {
  connected();
  application.aborts = true;
  peer.send(kBinary, "one");
  peer.send(kBinary, "two");
  step();
  EXPECT_EQ(taken(), "one err(" + std::to_string(ERR_ABRT) + ") ");
  EXPECT_EQ(frames().size(), 0u) << "no Close frame";
  EXPECT_EQ(last(Event::kClose)->close.was_clean, false);
  closed = true;
}

TEST_F(AltcpStreamTest, ThenItTakesTheNextConnection) {
  connected();
  EXPECT_EQ(altcp_close(application.conn), ERR_OK);
  create();
  step();
  EXPECT_EQ(taken(), "") << "not the one that it is leaving";
  peer.send_close(1000);
  pass(10);
  peer.pipe->close();
  pass(10);
  EXPECT_EQ(taken(), "") << "the end of that one is no error of this one";
  ASSERT_TRUE(client.is_over());
  open();
  EXPECT_EQ(taken(), "connected ");
}

TEST_F(AltcpStreamTest, HalfAnEndThereIsNot) {
  connected();
  EXPECT_EQ(altcp_shutdown(application.conn, 0, 1), ERR_VAL);
  EXPECT_EQ(altcp_shutdown(application.conn, 1, 1), ERR_OK);
  closed = true;
  step();
  EXPECT_EQ(frames().size(), 1u);
}

}  // namespace
}  // namespace altcp_test
