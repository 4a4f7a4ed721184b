// SPDX-License-Identifier: MIT
// Names: lwIP's resolver under the port, with a scripted server behind the wire. Answers that come late, never, or for
// a connection that has gone must not touch another one.
#include "fixture.h"
#include "lwip/dns.h"
#include "lwip/priv/tcp_priv.h"
#include "whit/config.h"
#include "whit/lwip/lwip_error.h"

#if LWIP_DNS

namespace lwip_test {
namespace {

using whit::Layer;
using whit::Status;

constexpr uint16_t kTypeA = 1;
constexpr uint16_t kTypeAaaa = 28;

class Names : public LwipTest {
 protected:
  Names() {
    ip_addr_t server;
    ipaddr_aton("10.0.0.2", &server);
    dns_setserver(0, &server);
  }

  whit::Transport* call(uint16_t index, const std::string& name, Status expected = Status::kOk, uint16_t port = 80) {
    Status status = Status::kFailed;
    whit::Transport* const transport = network_.connect(index, {name.data(), name.size()}, port, false, &status);
    EXPECT_EQ(status, expected);
    EXPECT_EQ(transport != nullptr, expected == Status::kOk);
    if (transport != nullptr) used(index, transport);
    return transport;
  }

  // The questions for a name: both families are asked for at once, the one that the machine prefers first.
  struct Questions {
    Datagram four;
    Datagram six;
    uint16_t first = 0;  // type
  };
  Questions questions() {
    Questions asked;
    for (const Datagram& each : Wire::get().take_datagrams()) {
      if (asked.first == 0) asked.first = type_of(each);
      (type_of(each) == kTypeA ? asked.four : asked.six) = each;
    }
    EXPECT_FALSE(asked.four.data.empty());
    EXPECT_FALSE(asked.six.data.empty());
    return asked;
  }
  void deny(const Questions& asked, uint8_t error = 3) {
    answer(asked.four, error);
    answer(asked.six, error);
  }

  uint16_t type_of(const Datagram& question) {
    return static_cast<uint16_t>(static_cast<uint8_t>(question.data[question.data.size() - 3]));
  }

  // `error` is the RCODE: 0, or 3 for a name that does not exist. `records`: with the address, or none.
  void answer(const Datagram& question, uint8_t error = 0, bool records = true, const std::string& address = "") {
    send_answer(question, error, records, address);
    turn();
  }
  void send_answer(const Datagram& question, uint8_t error, bool records, const std::string& address) {
    ASSERT_FALSE(question.data.empty());
    std::string data = question.data;
    data[2] = static_cast<char>(0x81);
    data[3] = static_cast<char>(0x80 | error);
    data[7] = records && error == 0 ? 1 : 0;
    if (records && error == 0) {
      const char record[] = {'\xC0', 12, 0, static_cast<char>(type_of(question)), 0, 1, 0, 0, 0, 60, 0};
      data.append(record, sizeof record);
      data += static_cast<char>(address.size());
      data += address;
    }
    Wire::get().send(Datagram{53, question.from, data});
  }

  // The peer of the connection that lwIP begins in this turn.
  Peer& called(uint16_t port, bool ipv6, bool refuses) {
    network_.poll(Wire::now_ms);
    for (const Segment& segment : Wire::get().take_segments()) {
      if (segment.flags != kSyn || segment.to != port || segment.ipv6 != ipv6) continue;
      peers_.push_back(std::make_unique<Peer>(port, segment.from, ipv6));
      peers_.back()->refuses_syn = refuses;
      EXPECT_TRUE(peers_.back()->take(segment));
      return *peers_.back();
    }
    ADD_FAILURE() << "no SYN";
    return peer(port, ipv6);
  }

  void expect_failed(whit::Transport* transport, Layer layer, int error) {
    EXPECT_EQ(transport->progress().layer, layer);
    EXPECT_EQ(transport->progress().status, Status::kFailed);
    EXPECT_EQ(transport->error(), error);
    EXPECT_EQ(transport->read({}).status, Status::kFailed);
  }
};

const std::string kFour("\x0a\0\0\x02", 4);
const std::string kSix = "\xFD" + std::string(14, '\0') + "\x02";

TEST_F(Names, AreResolvedAndThenConnected) {
  whit::Transport* const transport = call(0, "one.example");
  EXPECT_EQ(transport->progress().layer, Layer::kResolve);
  EXPECT_EQ(transport->progress().status, Status::kWouldBlock);
  turn();
  EXPECT_TRUE(announced().empty());
  const Questions asked = questions();
  answer(asked.six, 0, false);
  EXPECT_TRUE(announced().empty());
  answer(asked.four, 0, true, kFour);
  EXPECT_TRUE(is_announced(0));
  EXPECT_EQ(transport->progress().layer, Layer::kConnect);
  EXPECT_EQ(transport->progress().status, Status::kWouldBlock);
  EXPECT_EQ(transport->remote().port, 80);
  abort(0);
  // From lwIP's cache the second time, without a question. What is not there is asked for again.
  whit::Transport* const again = call(1, "one.example");
  EXPECT_EQ(again->progress().layer, Layer::kConnect);
  for (const Datagram& each : Wire::get().take_datagrams()) EXPECT_EQ(type_of(each), kTypeAaaa);
}

TEST_F(Names, ThatDoNotExistFail) {
  whit::Transport* const transport = call(0, "nothing.example");
  deny(questions());
  EXPECT_TRUE(is_announced(0));
  expect_failed(transport, Layer::kResolve, ERR_VAL);
}

TEST_F(Names, ThatNobodyAnswersFailWhenLwipGivesUp) {
  whit::Transport* const transport = call(0, "silent.example");
  run(60'000, 250);
  EXPECT_TRUE(is_announced(0));
  expect_failed(transport, Layer::kResolve, ERR_VAL);
}

TEST_F(Names, ALateAnswerDoesNotTouchTheNextConnection) {
  call(0, "late.example");
  const Questions late = questions();
  abort(0);
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other, 0);
  (void)announced();
  answer(late.four, 0, true, kFour);
  answer(late.six, 0, true, kSix);
  EXPECT_TRUE(announced().empty());
  EXPECT_EQ(transport->progress().layer, Layer::kOpen);
  EXPECT_EQ(transport->remote().port, other->port());
  other->send("alive");
  settle();
  EXPECT_EQ(read_all(transport), "alive");
}

TEST_F(Names, ALateAnswerDoesNotTouchTheNextName) {
  call(0, "first.example");
  const Questions first = questions();
  abort(0);
  whit::Transport* const transport = call(0, "second.example", Status::kOk, 81);
  const Questions second = questions();
  deny(first);
  EXPECT_EQ(transport->progress().layer, Layer::kResolve);
  EXPECT_EQ(transport->progress().status, Status::kWouldBlock);
  answer(second.four, 0, true, kFour);
  EXPECT_EQ(transport->progress().layer, Layer::kConnect);
  EXPECT_EQ(transport->remote().port, 81);
}

TEST_F(Names, CancelledQuestionsKeepTheirPlacesUntilAnswered) {
  call(0, "a.example");
  const Questions a = questions();
  call(1, "b.example");
  const Questions b = questions();
  abort(0);
  abort(1);
  call(0, "c.example", Status::kFailed);
  EXPECT_EQ(network_.error(), ERR_MEM);
  deny(a);
  whit::Transport* const transport = call(0, "c.example");
  answer(questions().four, 0, true, kFour);
  EXPECT_EQ(transport->progress().layer, Layer::kConnect);
  abort(0);
  deny(b);
  // With one place left there is one address to be tried.
  call(0, "d.example");
  call(1, "e.example");
  call(2, "f.example", Status::kFailed);
  EXPECT_EQ(network_.error(), ERR_MEM);
}

TEST_F(Names, ThatCannotBeNamesAreRefused) {
  call(0, std::string(DNS_MAX_NAME_LENGTH, 'n'), Status::kFailed);
  EXPECT_EQ(network_.error(), ERR_ARG);
  call(0, std::string("a.example\0.evil", 15), Status::kFailed);
  EXPECT_EQ(network_.error(), ERR_ARG);
  EXPECT_TRUE(Wire::get().take_datagrams().empty());
}

TEST_F(Names, WithoutAServerFailAtOnce) {
  dns_setserver(0, nullptr);
  for (int i = 0; i < 4; ++i) {
    call(0, "serverless.example", Status::kFailed);
    EXPECT_EQ(network_.error(), ERR_VAL) << "its place was not given back";
  }
}

// lwIP finds out only when it is to ask again, and answers inside its timer.
TEST_F(Names, WhoseServerIsTakenAwayFail) {
  whit::Transport* const transport = call(0, "taken.example");
  (void)questions();
  dns_setserver(0, nullptr);
  run(30'000, 250);
  expect_failed(transport, Layer::kResolve, ERR_VAL);
}

TEST(LwipErrors, AreSaidInWords) {
  EXPECT_STREQ(whit::lwip_error_text(ERR_VAL, true), "no such name, or no name server has answered");
  EXPECT_STREQ(whit::lwip_error_text(ERR_RST, false), "refused or reset by the peer");
  EXPECT_STREQ(whit::lwip_error_text(ERR_ABRT, false), "no answer");
  for (int error = ERR_ARG; error < ERR_OK; ++error) EXPECT_STRNE(whit::lwip_error_text(error, false), "") << error;
}

#if LWIP_IPV6
TEST_F(Names, WithAnIpv6AddressOnly) {
  whit::Transport* const transport = call(0, "six.example");
  const Questions asked = questions();
  EXPECT_EQ(asked.first, kTypeA);
  answer(asked.four, 0, false);
  EXPECT_EQ(transport->progress().layer, Layer::kResolve);
  answer(asked.six, 0, true, kSix);
  EXPECT_EQ(transport->progress().layer, Layer::kConnect);
  EXPECT_EQ(transport->remote().size, 16);
}

// R-DNS-1: several addresses, each with a deadline of its own.
TEST_F(Names, TheOtherAddressIsTriedWhenTheFirstRefuses) {
  whit::Transport* const transport = call(0, "both.example");
  const Questions asked = questions();
  answer(asked.six, 0, true, kSix);  // known first, so tried first
  EXPECT_EQ(transport->remote().size, 16);
  send_answer(asked.four, 0, true, kFour);
  abort(0);
  settle();
  (void)announced();

  whit::Transport* const again = call(0, "both.example");  // both from the cache of lwIP
  Peer& refuses = called(80, false, true);
  (void)refuses;
  settle();
  EXPECT_TRUE(is_announced(0));
  EXPECT_EQ(again->progress().layer, Layer::kConnect);
  EXPECT_EQ(again->progress().status, Status::kWouldBlock);
  Peer& takes = called(80, true, false);
  settle();
  EXPECT_EQ(again->progress().layer, Layer::kOpen);
  EXPECT_EQ(again->remote().size, 16);
  takes.send("hello");
  settle();
  EXPECT_EQ(read_all(again), "hello");
  run(2 * whit::config::kAddressTimeoutMs, 250);
  EXPECT_EQ(again->progress().layer, Layer::kOpen) << "its time is not limited any more";
  EXPECT_EQ(again->remote().size, 16);
}

TEST_F(Names, AnAddressThatDoesNotAnswerCostsItsTimeAndNoMore) {
  whit::Transport* const transport = call(0, "both.example");
  const Questions asked = questions();
  answer(asked.four, 0, true, kFour);
  answer(asked.six, 0, true, kSix);
  EXPECT_EQ(transport->remote().size, 4);
  (void)announced();
  run(whit::config::kAddressTimeoutMs - 250, 250);
  EXPECT_EQ(transport->remote().size, 4);
  EXPECT_FALSE(is_announced(0));
  Wire::now_ms += 500;
  (void)called(80, true, false);
  EXPECT_TRUE(is_announced(0));
  settle();
  EXPECT_EQ(transport->progress().layer, Layer::kOpen);
  EXPECT_EQ(transport->remote().size, 16);
}

TEST_F(Names, AnAnswerIsWaitedForWhenTheOnlyAddressFails) {
  for (const bool exists : {true, false}) {
    whit::Transport* const transport = call(0, exists ? "late.example" : "never.example");
    const Questions asked = questions();
    send_answer(asked.four, 0, true, kFour);
    (void)called(80, false, true);
    settle();
    (void)announced();
    EXPECT_EQ(transport->progress().layer, Layer::kConnect);
    EXPECT_EQ(transport->progress().status, Status::kWouldBlock);
    answer(asked.six, exists ? 0 : 3, exists, kSix);
    EXPECT_TRUE(is_announced(0));
    EXPECT_EQ(transport->progress().layer, Layer::kConnect);
    EXPECT_EQ(transport->progress().status, exists ? Status::kWouldBlock : Status::kFailed);
    EXPECT_EQ(transport->remote().size, exists ? 16 : 0);
    EXPECT_EQ(transport->error(), exists ? ERR_OK : ERR_RST);
    abort(0);
  }
}

TEST_F(Names, AKeptAddressDoesNotTouchTheNextConnection) {
  call(0, "both.example");
  const Questions asked = questions();
  answer(asked.four, 0, true, kFour);
  answer(asked.six, 0, true, kSix);
  abort(0);
  Peer* other = nullptr;
  whit::Transport* const transport = dialled(&other, 0);
  other->answers_syn = false;
  run(2 * whit::config::kAddressTimeoutMs, 250);
  EXPECT_EQ(transport->remote().size, 4);
  EXPECT_EQ(transport->remote().port, other->port());
}

TEST_F(Names, AreAskedForIpv6FirstWithoutAnIpv4Address) {
  netif& interface = Wire::get().interface();
  const ip4_addr_t address = *netif_ip4_addr(&interface);
  ip4_addr_t none;
  ip4_addr_set_any(&none);
  ip_addr_t server;
  ipaddr_aton("fd00::2", &server);
  dns_setserver(0, &server);
  netif_set_ipaddr(&interface, &none);
  call(0, "both.example");
  EXPECT_EQ(questions().first, kTypeAaaa);
  netif_set_ipaddr(&interface, &address);
}
#endif

}  // namespace
}  // namespace lwip_test

#endif
