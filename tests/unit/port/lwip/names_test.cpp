// SPDX-License-Identifier: MIT
// Names: lwIP's resolver under the port, with a scripted server behind the wire. Answers that come late, never, or for
// a connection that has gone must not touch another one.
#include "fixture.h"
#include "lwip/dns.h"
#include "lwip/priv/tcp_priv.h"

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

  // The newest question that lwIP has sent.
  Datagram question() {
    const std::vector<Datagram> all = Wire::get().take_datagrams();
    EXPECT_FALSE(all.empty());
    return all.empty() ? Datagram() : all.back();
  }

  uint16_t type_of(const Datagram& question) {
    return static_cast<uint16_t>(static_cast<uint8_t>(question.data[question.data.size() - 3]));
  }

  // `error` is the RCODE: 0, or 3 for a name that does not exist. `records`: with the address, or none.
  void answer(const Datagram& question, uint8_t error = 0, bool records = true, const std::string& address = "\x0a\0\0\x02") {
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
    turn();
  }

  void expect_failed(whit::Transport* transport, Layer layer, int error) {
    EXPECT_EQ(transport->progress().layer, layer);
    EXPECT_EQ(transport->progress().status, Status::kFailed);
    EXPECT_EQ(transport->error(), error);
    EXPECT_EQ(transport->read({}).status, Status::kFailed);
  }
};

const std::string kFour("\x0a\0\0\x02", 4);

TEST_F(Names, AreResolvedAndThenConnected) {
  whit::Transport* const transport = call(0, "one.example");
  EXPECT_EQ(transport->progress().layer, Layer::kResolve);
  EXPECT_EQ(transport->progress().status, Status::kWouldBlock);
  turn();
  EXPECT_TRUE(announced().empty());
  answer(question(), 0, true, kFour);
  EXPECT_TRUE(is_announced(0));
  EXPECT_EQ(transport->progress().layer, Layer::kConnect);
  EXPECT_EQ(transport->progress().status, Status::kWouldBlock);
  EXPECT_EQ(transport->remote().port, 80);
  abort(0);
  // From lwIP's cache the second time, without a question.
  whit::Transport* const again = call(1, "one.example");
  EXPECT_EQ(again->progress().layer, Layer::kConnect);
  EXPECT_TRUE(Wire::get().take_datagrams().empty());
}

TEST_F(Names, ThatDoNotExistFail) {
  whit::Transport* const transport = call(0, "nothing.example");
  answer(question(), 3);
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
  const Datagram late = question();
  abort(0);
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other, 0);
  (void)announced();
  answer(late, 0, true, kFour);
  EXPECT_TRUE(announced().empty());
  EXPECT_EQ(transport->progress().layer, Layer::kOpen);
  EXPECT_EQ(transport->remote().port, other->port());
  other->send("alive");
  settle();
  EXPECT_EQ(read_all(transport), "alive");
}

TEST_F(Names, ALateAnswerDoesNotTouchTheNextName) {
  call(0, "first.example");
  const Datagram first = question();
  abort(0);
  whit::Transport* const transport = call(0, "second.example", Status::kOk, 81);
  const Datagram second = question();
  answer(first, 3);
  EXPECT_EQ(transport->progress().layer, Layer::kResolve);
  EXPECT_EQ(transport->progress().status, Status::kWouldBlock);
  answer(second, 0, true, kFour);
  EXPECT_EQ(transport->progress().layer, Layer::kConnect);
  EXPECT_EQ(transport->remote().port, 81);
}

TEST_F(Names, CancelledQuestionsKeepTheirPlacesUntilAnswered) {
  call(0, "a.example");
  const Datagram a = question();
  call(1, "b.example");
  const Datagram b = question();
  abort(0);
  abort(1);
  call(0, "c.example", Status::kFailed);
  EXPECT_EQ(network_.error(), ERR_MEM);
  answer(a, 3);
  whit::Transport* const transport = call(0, "c.example");
  answer(question(), 0, true, kFour);
  EXPECT_EQ(transport->progress().layer, Layer::kConnect);
  answer(b, 3);
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
  (void)question();
  dns_setserver(0, nullptr);
  run(30'000, 250);
  expect_failed(transport, Layer::kResolve, ERR_VAL);
}

#if LWIP_IPV6
TEST_F(Names, WithAnIpv6AddressOnly) {
  whit::Transport* const transport = call(0, "six.example");
  const Datagram first = question();
  EXPECT_EQ(type_of(first), kTypeA);
  answer(first, 0, false);
  const Datagram second = question();
  EXPECT_EQ(type_of(second), kTypeAaaa);
  std::string address(16, '\0');
  address[0] = '\xFD';
  address[15] = 2;
  answer(second, 0, true, address);
  EXPECT_EQ(transport->progress().layer, Layer::kConnect);
  EXPECT_EQ(transport->remote().size, 16);
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
  const Datagram asked = question();
  EXPECT_EQ(type_of(asked), kTypeAaaa);
  netif_set_ipaddr(&interface, &address);
}
#endif

}  // namespace
}  // namespace lwip_test

#endif
