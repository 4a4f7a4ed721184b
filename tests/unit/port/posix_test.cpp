// SPDX-License-Identifier: MIT
// The POSIX port beyond the common contract: addresses, exhaustion, sleeping and waking, signals. Each test runs with
// epoll and with poll().
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "unit/emulated.h"
#include "unit/port/socket_peer.h"
#include "whit/client.h"
#include "whit/posix/posix_epoll.h"
#include "whit/posix/posix_error.h"
#include "whit/posix/posix_poll.h"

namespace {

// A name whose first two addresses refuse.
constexpr char kSeveralAddresses[] = "several.test";
// A name of both families, as getaddrinfo() may sort them.
constexpr char kBothFamilies[] = "both.test";

// Names that end in ".held": they are answered, with the loopback, when they are let go.
class HeldNames {
 public:
  int answer(const std::string& name) {
    std::unique_lock<std::mutex> lock(mutex_);
    in_the_loop_ = in_the_loop_ || std::this_thread::get_id() == loop_;
    if (in_the_loop_) return EAI_FAIL;  // it would wait for ever
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    signals_reach_it_ = signals_reach_it_ || sigismember(&blocked, SIGUSR1) == 0;
    ++asking_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return all_ || let_go_.count(name) != 0; });
    --asking_;
    ++answered_;
    changed_.notify_all();
    return name.find("unknown") == 0 ? EAI_NONAME : 0;
  }
  void let_go(const std::string& name) {
    const std::lock_guard<std::mutex> lock(mutex_);
    let_go_.insert(name);
    changed_.notify_all();
  }
  int asking() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return asking_;
  }
  // Waits until so many have been answered since begin().
  bool answered(int wanted) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), [&] { return answered_ >= wanted; });
  }
  void begin() {
    const std::lock_guard<std::mutex> lock(mutex_);
    let_go_.clear();
    all_ = in_the_loop_ = signals_reach_it_ = false;
    answered_ = 0;
    loop_ = std::this_thread::get_id();
  }
  void end() {
    std::unique_lock<std::mutex> lock(mutex_);
    all_ = true;
    changed_.notify_all();
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(60), [&] { return asking_ == 0; }));
    EXPECT_FALSE(in_the_loop_) << "a look-up blocked the loop";
    EXPECT_FALSE(signals_reach_it_) << "a thread of the port could take the application's signals";
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> let_go_;
  std::thread::id loop_;
  int asking_ = 0;
  int answered_ = 0;
  bool all_ = true;
  bool in_the_loop_ = false;
  bool signals_reach_it_ = false;
} held_names;

// While noted, connect() reaches nothing, and the addresses are kept in their order.
bool note_connects = false;
std::vector<std::string> noted_connects;

using GetAddrinfo = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
using Connect = int (*)(int, const sockaddr*, socklen_t);
using Accept4 = int (*)(int, sockaddr*, socklen_t*, int);
using GetRandom = ssize_t (*)(void*, size_t, unsigned);

// The random bytes that the kernel has given since they were noted, one element for each call.
std::vector<std::string> given_random;
bool note_random = false;
bool refuse_random = false;

// The next call of accept4() fails with this number; 0: it does not.
int accept_error = 0;

}  // namespace

// In place of libc's, which it calls: this machine's resolver has no name with several addresses.
extern "C" int getaddrinfo(const char* host, const char* port, const addrinfo* hints, addrinfo** found) {
  static const auto real = reinterpret_cast<GetAddrinfo>(dlsym(RTLD_NEXT, "getaddrinfo"));
  const std::string name = host;
  const bool held = name.size() > 5 && name.substr(name.size() - 5) == ".held";
  std::vector<const char*> addresses;
  if (name == kSeveralAddresses) addresses = {"127.0.0.3", "127.0.0.2", "127.0.0.1"};
  if (name == kBothFamilies) addresses = {"2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.4", "192.0.2.5"};
  if (held) addresses = {"127.0.0.1"};
  if (addresses.empty()) return real(host, port, hints, found);
  if ((hints->ai_flags & AI_NUMERICHOST) != 0) return EAI_NONAME;
  const int error = held ? held_names.answer(name) : 0;
  if (error != 0) return error;
  addrinfo** next = found;
  for (const char* each : addresses) {
    if (real(each, port, hints, next) != 0) return EAI_FAIL;
    next = &(*next)->ai_next;
  }
  return 0;
}

extern "C" int connect(int descriptor, const sockaddr* address, socklen_t size) {
  static const auto real = reinterpret_cast<Connect>(dlsym(RTLD_NEXT, "connect"));
  if (!note_connects) return real(descriptor, address, size);
  char text[INET6_ADDRSTRLEN] = "";
  getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  noted_connects.emplace_back(text);
  errno = ENETUNREACH;
  return -1;
}

extern "C" ssize_t getrandom(void* destination, size_t size, unsigned flags) {
  static const auto real = reinterpret_cast<GetRandom>(dlsym(RTLD_NEXT, "getrandom"));
  if (refuse_random) return errno = ENOSYS, -1;
  const ssize_t got = real(destination, size, flags);
  if (note_random && got > 0)
    given_random.emplace_back(static_cast<const char*>(destination), static_cast<size_t>(got));
  return got;
}

extern "C" int accept4(int listener, sockaddr* peer, socklen_t* size, int flags) {
  static const auto real = reinterpret_cast<Accept4>(dlsym(RTLD_NEXT, "accept4"));
  if (accept_error == 0) return real(listener, peer, size, flags);
  errno = accept_error;
  accept_error = 0;
  return -1;
}

namespace whit {
namespace {

template <class NetworkType>
class PosixTest : public testing::Test {
 protected:
  PosixTest() {
    ready_.attach(links_, 64);
    network().attach(&ready_);
  }

  NetworkType& network() { return *network_; }

  bool turn() {
    network().poll(network().wait(20));
    return !ready_.empty();
  }

  Transport* accept(uint16_t index) {
    Transport* transport = nullptr;
    for (int i = 0; i < 100 && transport == nullptr; ++i) {
      transport = network().accept(0, index);
      if (transport == nullptr) turn();
    }
    return transport;
  }

  Progress connect(uint16_t index, const char* host, uint16_t port) {
    Status status = Status::kOk;
    connected_ = network().connect(index, host, port, false, &status);
    if (connected_ == nullptr) return {Layer::kResolve, status};
    Progress progress = connected_->progress();
    for (int i = 0; i < 100 && progress.status == Status::kWouldBlock; ++i) {
      turn();
      while (!ready_.empty()) ready_.take();
      progress = connected_->progress();
    }
    return progress;
  }

  uint32_t took_ms(uint32_t timeout_ms) {
    const uint32_t before_ms = network().now_ms();
    return network().wait(timeout_ms) - before_ms;
  }

  std::unique_ptr<NetworkType> network_ = std::make_unique<NetworkType>();
  IndexQueue ready_;
  uint16_t links_[64] = {};
  Transport* connected_ = nullptr;
};

using Networks = testing::Types<PosixEpollNetwork<64>, PosixPollNetwork<64>>;

class NetworkNames {
 public:
  template <class Network>
  static std::string GetName(int index) {
    return index == 0 ? "Epoll" : "Poll";
  }
};

TYPED_TEST_SUITE(PosixTest, Networks, NetworkNames);

bool has_ipv6() {
  const int probe = socket(AF_INET6, SOCK_STREAM, 0);
  sockaddr_in6 address = {};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const bool works = probe >= 0 && bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (probe >= 0) close(probe);
  return works;
}

std::string random_of(Network* network, size_t size) {
  std::string bytes(size, '\0');
  const Status status = network->random({reinterpret_cast<uint8_t*>(&bytes[0]), size});
  return status == Status::kOk ? bytes : std::string();
}

// A key is used once, is the kernel's, and does not cost a call each; nor is it part of anything longer.
TYPED_TEST(PosixTest, KeysOfFramesComeFromAStock) {
  given_random.clear();
  note_random = true;
  std::vector<std::string> keys;
  for (int i = 0; i < 128; ++i) {
    keys.push_back(random_of(&this->network(), 4));
    if (i % 50 == 0) {
      const std::string nonce = random_of(&this->network(), 16);
      ASSERT_EQ(nonce, given_random.back());
      given_random.pop_back();
    }
  }
  note_random = false;
  EXPECT_LE(given_random.size(), 4u);
  std::vector<std::string> given;
  for (const std::string& each : given_random) {
    for (size_t at = 0; at < each.size(); at += 4) given.push_back(each.substr(at, 4));
  }
  std::sort(keys.begin(), keys.end());
  std::sort(given.begin(), given.end());
  EXPECT_EQ(keys, given);
}

TYPED_TEST(PosixTest, WithoutRandomBytesThereIsNoKey) {
  refuse_random = true;
  EXPECT_EQ(random_of(&this->network(), 4), "");
  EXPECT_EQ(random_of(&this->network(), 16), "");
  refuse_random = false;
  EXPECT_NE(random_of(&this->network(), 4), "");
}

TYPED_TEST(PosixTest, OneListenerTakesIpv4AndIpv6) {
  ASSERT_EQ(this->network().listen(0, "", 0, false), Status::kOk);
  const uint16_t port = this->network().listening_port(0);
  ASSERT_EQ(this->connect(0, "127.0.0.1", port).status, Status::kOk);
  Transport* const first = this->accept(1);
  ASSERT_NE(first, nullptr);
  Address address = first->remote();
  ASSERT_EQ(address.size, 4) << "IPv4 through the IPv6 listener is IPv4";
  EXPECT_EQ(address.bytes[0], 127);
  EXPECT_EQ(address.bytes[3], 1);
  EXPECT_EQ(this->connected_->remote().port, port);
  EXPECT_NE(address.port, 0);
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  ASSERT_EQ(this->connect(2, "::1", port).status, Status::kOk);
  Transport* const second = this->accept(3);
  ASSERT_NE(second, nullptr);
  address = second->remote();
  EXPECT_EQ(address.size, 16);
  EXPECT_EQ(address.bytes[15], 1);
}

TYPED_TEST(PosixTest, ListensAtOneAddress) {
  ASSERT_EQ(this->network().listen(0, "127.0.0.1", 0, false), Status::kOk);
  EXPECT_EQ(this->connect(0, "127.0.0.1", this->network().listening_port(0)).status, Status::kOk);
  EXPECT_EQ(this->connect(1, "127.0.0.2", this->network().listening_port(0)).status, Status::kFailed);
  EXPECT_EQ(this->connected_->error(), ECONNREFUSED);
  EXPECT_EQ(this->network().listen(1, "192.0.2.1", 0, false), Status::kInvalidArgument) << "not of this machine";
  EXPECT_EQ(this->network().error(), EADDRNOTAVAIL);
  EXPECT_EQ(this->network().listen(1, Text("127.0.0.1\0x", 11), 0, false), Status::kInvalidArgument);
  EXPECT_EQ(this->network().error(), EINVAL);
  EXPECT_EQ(this->network().listen(1, "127.0.0.one", 0, false), Status::kInvalidArgument);
  EXPECT_EQ(this->network().error(), EAI_NONAME);
  const std::string huge(300, '1');
  EXPECT_EQ(this->network().listen(1, {huge.data(), huge.size()}, 0, false), Status::kInvalidArgument);
}

TYPED_TEST(PosixTest, ListensAgainAtOnceAfterConnectionsEnded) {
  ASSERT_EQ(this->network().listen(0, "", 0, false), Status::kOk);
  const uint16_t port = this->network().listening_port(0);
  auto peer = SocketPeer::dial(port);
  Transport* const transport = this->accept(0);
  ASSERT_NE(transport, nullptr);
  ASSERT_EQ(transport->finish(), Status::kOk);  // our side ends first, so TIME_WAIT is ours
  peer->close();
  for (int i = 0; i < 5; ++i) this->turn();
  uint8_t byte;
  EXPECT_EQ(transport->read({&byte, 1}).status, Status::kClosed);
  transport->abort();
  this->network().unlisten(0);
  EXPECT_EQ(this->network().listen(0, "", port, false), Status::kOk);
}

TYPED_TEST(PosixTest, APortIsSharedByThoseThatAllSaySo) {
  const auto second = std::make_unique<TypeParam>();
  const auto third = std::make_unique<TypeParam>();
  for (TypeParam* each : {second.get(), third.get()}) each->attach(&this->ready_);
  this->network().share_ports();
  second->share_ports();
  ASSERT_EQ(this->network().listen(0, "127.0.0.1", 0, false), Status::kOk);
  const uint16_t port = this->network().listening_port(0);
  EXPECT_EQ(second->listen(0, "127.0.0.1", port, false), Status::kOk);
  EXPECT_EQ(third->listen(0, "127.0.0.1", port, false), Status::kInUse) << "it has not said so";
}

TYPED_TEST(PosixTest, TriesAllAddressesOfAName) {
  ASSERT_EQ(this->network().listen(0, "127.0.0.1", 0, false), Status::kOk);
  const uint16_t port = this->network().listening_port(0);
  for (const char* name : {"localhost", kSeveralAddresses}) {
    const Progress progress = this->connect(0, name, port);
    EXPECT_EQ(progress.status, Status::kOk) << name;
    EXPECT_EQ(progress.layer, Layer::kOpen);
    EXPECT_EQ(this->connected_->error(), 0);
    this->connected_->abort();
  }
  this->network().unlisten(0);
  EXPECT_EQ(this->connect(0, kSeveralAddresses, port).status, Status::kFailed);
  EXPECT_EQ(this->connected_->error(), ECONNREFUSED);
  this->connected_->abort();
  // Given up half way: nothing stays behind (the sanitizer looks for the list of addresses).
  Status status = Status::kOk;
  ASSERT_NE(this->network().connect(0, kSeveralAddresses, port, false, &status), nullptr);
}

TYPED_TEST(PosixTest, SaysThatANameIsUnknown) {
  const Progress progress = this->connect(0, "not a name", 80);
  EXPECT_EQ(progress.status, Status::kFailed);
  EXPECT_EQ(progress.layer, Layer::kResolve);
  ASSERT_NE(this->connected_, nullptr);
  EXPECT_LT(this->connected_->error(), 0);
  this->connected_->abort();
  const std::string too_long(256, 'a');
  for (const Text host : {Text(), Text("local\0host", 10), Text(too_long.data(), too_long.size())}) {
    Status status = Status::kOk;
    EXPECT_EQ(this->network().connect(0, host, 80, false, &status), nullptr);
    EXPECT_EQ(status, Status::kFailed);
    EXPECT_EQ(this->network().error(), EAI_NONAME);
  }
}

// R-DNS-1. What a look-up in the loop would do is in the class above.
template <class NetworkType>
class PosixNames : public PosixTest<NetworkType> {
 protected:
  PosixNames() {
    held_names.begin();
    EXPECT_EQ(this->network().listen(0, "127.0.0.1", 0, false), Status::kOk);
    port_ = this->network().listening_port(0);
  }
  ~PosixNames() override {
    held_names.end();
    if (this->network_ == nullptr) return;
    for (uint16_t i = 0; i < 64; ++i) abort(i);
  }

  Transport* call(uint16_t index, const std::string& name) {
    Status status = Status::kOk;
    transports_[index] = this->network().connect(index, {name.data(), name.size()}, port_, false, &status);
    EXPECT_NE(transports_[index], nullptr);
    return transports_[index];
  }
  void abort(uint16_t index) {
    if (transports_[index] != nullptr) transports_[index]->abort();
    transports_[index] = nullptr;
  }
  // As the loop does: until it is announced.
  Progress follow(uint16_t index) {
    for (int i = 0; i < 3000 && !this->ready_.holds(index); ++i) this->turn();
    EXPECT_TRUE(this->ready_.holds(index)) << "not announced";
    while (!this->ready_.empty()) this->ready_.take();
    return transports_[index]->progress();
  }
  // Turns until so many look-ups are under way: those of the test before may still be ending.
  bool asking(int wanted) {
    for (int i = 0; i < 3000 && held_names.asking() != wanted; ++i) this->turn();
    return held_names.asking() == wanted;
  }
  bool is_resolving(uint16_t index) {
    const Progress progress = transports_[index]->progress();
    return progress.layer == Layer::kResolve && progress.status == Status::kWouldBlock;
  }

  uint16_t port_ = 0;
  Transport* transports_[64] = {};
};

TYPED_TEST_SUITE(PosixNames, Networks, NetworkNames);

TYPED_TEST(PosixNames, AreLookedUpWhileTheLoopGoesOn) {
  this->call(0, "slow.held");
  this->call(1, "unknown.held");
  EXPECT_TRUE(this->is_resolving(0));
  ASSERT_TRUE(this->asking(2));
  this->call(2, "127.0.0.1");
  EXPECT_EQ(this->follow(2).status, Status::kOk);
  EXPECT_TRUE(this->is_resolving(0));
  held_names.let_go("slow.held");
  Progress progress = this->follow(0);
  EXPECT_NE(progress.layer, Layer::kResolve);
  for (int i = 0; i < 100 && progress.status == Status::kWouldBlock; ++i) progress = this->follow(0);
  EXPECT_EQ(progress.status, Status::kOk);
  EXPECT_EQ(this->transports_[0]->remote().port, this->port_);
  held_names.let_go("unknown.held");
  progress = this->follow(1);
  EXPECT_EQ(progress.layer, Layer::kResolve);
  EXPECT_EQ(progress.status, Status::kFailed);
  EXPECT_EQ(this->transports_[1]->error(), EAI_NONAME);
}

TYPED_TEST(PosixNames, AnAnswerEndsTheSleep) {
  this->call(0, "slow.held");
  ASSERT_TRUE(this->asking(1));
  std::thread other([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    held_names.let_go("slow.held");
  });
  this->network().wait(1u << 30);
  other.join();
  this->network().poll(0);
  EXPECT_TRUE(this->ready_.holds(0));
}

TYPED_TEST(PosixNames, ALateAnswerDoesNotReachTheNextConnection) {
  this->call(0, "unknown.held");
  ASSERT_TRUE(this->asking(1));
  this->abort(0);
  this->call(0, "second.held");
  ASSERT_TRUE(this->asking(2));
  held_names.let_go("unknown.held");
  ASSERT_TRUE(this->asking(1));
  for (int i = 0; i < 5; ++i) this->turn();
  EXPECT_FALSE(this->ready_.holds(0));
  EXPECT_TRUE(this->is_resolving(0));
  held_names.let_go("second.held");
  EXPECT_NE(this->follow(0).status, Status::kFailed);
  this->abort(0);
  // Answered, but not yet taken by poll().
  this->call(0, "second.held");
  ASSERT_TRUE(held_names.answered(3));
  this->abort(0);
  this->call(0, "third.held");
  for (int i = 0; i < 5; ++i) this->turn();
  EXPECT_TRUE(this->is_resolving(0));
}

TYPED_TEST(PosixNames, WaitForAPlaceInTheirOrder) {
  const std::string names[] = {"a.held", "b.held", "c.held", "d.held", "e.held", "f.held", "g.held"};
  for (uint16_t i = 0; i < 7; ++i) this->call(i, names[i]);
  ASSERT_TRUE(this->asking(posix::kNamePlaces));
  this->call(10, "127.0.0.1");
  EXPECT_EQ(this->follow(10).status, Status::kOk) << "an address needs no place";
  this->abort(4);  // one that waits
  held_names.let_go("a.held");
  held_names.let_go("e.held");
  EXPECT_NE(this->follow(0).status, Status::kFailed);
  ASSERT_TRUE(this->asking(posix::kNamePlaces));
  held_names.let_go("f.held");
  EXPECT_NE(this->follow(5).status, Status::kFailed);
  ASSERT_TRUE(this->asking(posix::kNamePlaces));
  // A place whose look-up was given up is free when that ends, of which nothing tells.
  this->call(7, "h.held");
  for (uint16_t i = 1; i <= 3; ++i) this->abort(i);
  for (int i = 0; i < 5; ++i) this->turn();
  ASSERT_TRUE(this->asking(posix::kNamePlaces));
  held_names.let_go("h.held");
  held_names.let_go("c.held");
  EXPECT_NE(this->follow(7).status, Status::kFailed);
  EXPECT_TRUE(this->is_resolving(6));
}

TYPED_TEST(PosixNames, ANetworkEndsWithLookUpsUnderWay) {
  for (uint16_t i = 0; i < 6; ++i) this->call(i, "stuck" + std::to_string(i) + ".held");
  ASSERT_TRUE(this->asking(posix::kNamePlaces));
  this->network_.reset();
  for (int i = 0; i < 4; ++i) held_names.let_go("stuck" + std::to_string(i) + ".held");
  EXPECT_TRUE(held_names.answered(4));
}

TYPED_TEST(PosixNames, AreTriedInTheOrderOfRfc8305) {
  note_connects = true;
  noted_connects.clear();
  this->call(0, kBothFamilies);
  const Progress progress = this->follow(0);
  note_connects = false;
  EXPECT_EQ(progress.layer, Layer::kConnect);
  EXPECT_EQ(progress.status, Status::kFailed);
  EXPECT_EQ(this->transports_[0]->error(), ENETUNREACH);
  EXPECT_EQ(noted_connects,
            (std::vector<std::string>{"2001:db8::1", "192.0.2.4", "2001:db8::2", "192.0.2.5", "2001:db8::3"}));
}

// A listener with as many connections as its kernel takes answers no more SYNs. An address has a time of its own, so
// the one that listens is reached although the first one would be tried for two minutes.
TYPED_TEST(PosixNames, AnAddressThatDoesNotAnswerCostsItsTimeAndNoMore) {
  const int dead = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = SocketPeer::loopback(this->port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 2);  // the first address of several.test
  ASSERT_EQ(bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(dead, 0), 0);
  std::vector<int> fillers;
  for (bool full = false; !full && fillers.size() < 100;) {
    fillers.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    (void)::connect(fillers.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    pollfd one = {fillers.back(), POLLOUT, 0};
    full = poll(&one, 1, 200) == 0;
  }
  const uint32_t before_ms = this->network().now_ms();
  this->call(0, kSeveralAddresses);
  Progress progress = this->follow(0);
  EXPECT_EQ(progress.layer, Layer::kConnect);
  while (progress.status == Status::kWouldBlock) {
    EXPECT_LE(this->network().wait_ms(1u << 30), config::kAddressTimeoutMs) << "a sleep over it";
    progress = this->follow(0);
  }
  EXPECT_EQ(progress.status, Status::kOk);
  const uint32_t took_ms = this->network().now_ms() - before_ms;
  EXPECT_GE(took_ms, config::kAddressTimeoutMs);
  EXPECT_LT(took_ms, 60'000u);
  for (const int each : fillers) close(each);
  close(dead);
}

TEST(PosixErrors, AreSaidInWords) {
  EXPECT_STREQ(posix_error_text(EAI_NONAME), "no such name");
  EXPECT_STREQ(posix_error_text(EAI_AGAIN), "no name server has answered, or it could not find out");
  EXPECT_STREQ(posix_error_text(ECONNREFUSED), "refused: nothing listens at that port");
  EXPECT_STREQ(posix_error_text(ETIMEDOUT), "no answer");
  for (int error = EAI_OVERFLOW - 5; error <= 140; ++error) EXPECT_STRNE(posix_error_text(error), "") << error;
}

// More connections to names than there is memory for.
TEST(PosixNamesLimit, IsAnAnswer) {
  PosixEpollNetwork<4, 1> network;
  IndexQueue ready;
  uint16_t links[4] = {};
  ready.attach(links, 4);
  network.attach(&ready);
  held_names.begin();
  Status status = Status::kOk;
  Transport* first = network.connect(0, "one.held", 80, false, &status);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(network.connect(1, "two.held", 80, false, &status), nullptr);
  EXPECT_EQ(status, Status::kFailed);
  EXPECT_EQ(network.error(), EAI_MEMORY);
  first->abort();
  Transport* second = network.connect(1, "two.held", 80, false, &status);
  ASSERT_NE(second, nullptr);
  second->abort();
  held_names.end();
}

TYPED_TEST(PosixTest, AClientSaysWhichLayerFailed) {
  const SocketListener nobody;
  const std::string port = ":" + std::to_string(nobody.port()) + "/";
  const struct {
    std::string url;
    Cause::Where where;
    int32_t code;
  } kCases[] = {{"ws://" + std::string(300, 'a') + "/", Cause::kResolve, EAI_NONAME},
                {"ws://127.0.0.1" + port, Cause::kConnect, ECONNREFUSED},
                {"wss://127.0.0.1" + port, Cause::kSecure, EINVAL}};
  for (const auto& each : kCases) {
    Loop<2, 4, 1024, 2> loop;
    ASSERT_EQ(loop.start(this->network()), Status::kOk);
    Client client(loop);
    ClientOptions options;
    options.url = {each.url.data(), each.url.size()};
    ASSERT_EQ(client.connect(options), Status::kOk);
    Cause cause;
    for (bool over = false; !over;) {
      const uint32_t now_ms = this->network().wait(loop.wait_ms());
      while (const Event event = loop.poll(now_ms)) {
        if (event.type == Event::kError) cause = event.close.cause;
        over = over || event.type == Event::kClose;
      }
    }
    EXPECT_EQ(cause.where, each.where) << each.url;
    EXPECT_EQ(cause.code, each.code) << each.url;
  }
}

TYPED_TEST(PosixTest, AResetIsNotTakenForAnUnconnectedSocket) {
  ASSERT_EQ(this->network().listen(0, "", 0, false), Status::kOk);
  auto peer = SocketPeer::dial(this->network().listening_port(0));
  Transport* const transport = this->accept(0);
  ASSERT_NE(transport, nullptr);
  uint8_t byte = 0;
  EXPECT_EQ(transport->read({&byte, 1}).status, Status::kWouldBlock);
  while (!this->ready_.empty()) this->ready_.take();
  peer->reset();
  for (int i = 0; i < 100 && !this->ready_.holds(0); ++i) this->turn();
  EXPECT_EQ(transport->finish(), Status::kFailed);
  EXPECT_EQ(transport->error(), ECONNRESET);
}

TYPED_TEST(PosixTest, IsNotItsOwnPeer) {
  // A client that tries a free port of the dynamic range again and again meets itself sooner or later: TCP lets a
  // socket connect to its own port. On Linux connect() walks through the ports of the parity of the lowest.
  const SocketListener probe;
  const auto port = static_cast<uint16_t>((probe.port() & ~1) + (probe.port() & 1 ? 0 : 2));
  for (int i = 0; i < 20000; ++i) {
    const Progress progress = this->connect(0, "127.0.0.1", port);
    ASSERT_EQ(progress.status, Status::kFailed) << i;
    ASSERT_EQ(this->connected_->error(), ECONNREFUSED) << i;
    this->connected_->abort();
  }
}

TYPED_TEST(PosixTest, SleepsUntilTheTimeIsOver) {
  EXPECT_GE(this->took_ms(30), 29u);
  const uint32_t before_ms = this->network().now_ms();
  for (int i = 0; i < 1000; ++i) this->network().wait(0);
  EXPECT_LT(this->network().now_ms() - before_ms, 1000u) << "0: does not sleep";
}

TYPED_TEST(PosixTest, WakesFromASignalHandlerOrAThread) {
  auto& network = this->network();
  std::thread other([&network] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    network.wake();
  });
  EXPECT_LT(this->took_ms(1u << 30), 30000u);
  other.join();
  this->network().poll(0);
  EXPECT_GE(this->took_ms(20), 19u) << "a wake is used up";
  for (int i = 0; i < 3; ++i) this->network().wake();
  EXPECT_LT(this->took_ms(20000), 10000u) << "before the wait is early enough";
  this->network().poll(0);
  EXPECT_GE(this->took_ms(20), 19u);
}

volatile sig_atomic_t signals;

TYPED_TEST(PosixTest, ASignalOnlyShortensTheWait) {
  if (emulated()) GTEST_SKIP() << "qemu-i386 gives a thread the thread pointer of another one after a signal";
  struct sigaction action = {};
  action.sa_handler = [](int) { signals = signals + 1; };
  struct sigaction before = {};
  sigaction(SIGUSR1, &action, &before);
  const pthread_t self = pthread_self();
  std::atomic<bool> awake{false};
  std::thread other([self, &awake] {
    while (!awake) {  // again and again: one may arrive before the wait has begun
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      pthread_kill(self, SIGUSR1);
    }
  });
  EXPECT_LT(this->took_ms(20000), 10000u);
  awake = true;
  other.join();
  sigaction(SIGUSR1, &before, nullptr);
  EXPECT_GT(signals, 0);
  this->network().poll(0);
}

TYPED_TEST(PosixTest, AWriteToAGonePeerRaisesNoSignal) {
  ASSERT_EQ(this->network().listen(0, "", 0, false), Status::kOk);
  for (const bool resets : {true, false}) {
    auto peer = SocketPeer::dial(this->network().listening_port(0));
    Transport* const transport = this->accept(0);
    ASSERT_NE(transport, nullptr);
    if (resets) {
      peer->reset();
    } else {
      peer.reset();  // both directions closed: the first write is answered by a reset, the second is EPIPE
    }
    const std::string text(1000, 'x');
    Status status = Status::kOk;
    for (int i = 0; i < 100 && status != Status::kFailed; ++i) {
      status = transport->write(as_bytes(Text(text.data(), text.size()))).status;
      this->turn();
    }
    EXPECT_EQ(status, Status::kFailed);
    EXPECT_TRUE(transport->error() == EPIPE || transport->error() == ECONNRESET) << transport->error();
    transport->abort();
  }
}

// A kernel that holds megabytes announces room for more when a third of them has gone. On a link of 60 KB/s that takes
// longer than the write deadline. Counted in bytes, because time on this machine is no measure.
TYPED_TEST(PosixTest, ASlowLinkTakesSomethingEveryNowAndThen) {
  constexpr size_t kStep = 3000;  // what the link carries in 50 ms
  constexpr int kReceiveBytes = 16384;
  constexpr size_t kMostBetween = 400 * 1024;  // between two writes that were taken: 7 s of the link
  ASSERT_EQ(this->network().listen(0, "", 0, false), Status::kOk);
  SocketListener listener;
  listener.listen(kReceiveBytes);
  for (const bool accepts : {true, false}) {
    std::unique_ptr<SocketPeer> peer;
    Transport* transport = nullptr;
    if (accepts) {
      peer = SocketPeer::dial(this->network().listening_port(0), kReceiveBytes);
      transport = this->accept(0);
    } else {
      ASSERT_EQ(this->connect(0, "127.0.0.1", listener.port()).status, Status::kOk);
      transport = this->connected_;
      peer = listener.accept();
    }
    ASSERT_NE(transport, nullptr);
    ASSERT_NE(peer, nullptr);
    const std::vector<uint8_t> piece(4096);
    std::vector<char> sink(kStep);
    size_t since = 0;
    size_t blocked = 0;
    int rounds = 0;
    for (size_t carried = 0; carried < 8 * kMostBetween;) {
      ASSERT_LT(++rounds, 100000) << "nothing moves any more";
      if (carried == 0 || this->ready_.take() != IndexQueue::kNone) {
        while (transport->write({piece.data(), piece.size()}).status == Status::kOk) since = 0;
        ++blocked;
      }
      const ssize_t got = recv(peer->descriptor(), sink.data(), sink.size(), 0);
      if (got > 0) since += static_cast<size_t>(got);
      if (got > 0) carried += static_cast<size_t>(got);
      ASSERT_LT(since, kMostBetween) << "accepted: " << accepts;
      this->network().poll(this->network().wait(got > 0 ? 0 : 1));
    }
    EXPECT_GT(blocked, 3u);
    transport->abort();
  }
}

TYPED_TEST(PosixTest, AbortResetsEvenWhenAllWasRead) {
  ASSERT_EQ(this->network().listen(0, "", 0, false), Status::kOk);
  for (const bool finishes : {false, true}) {
    auto peer = SocketPeer::dial(this->network().listening_port(0));
    Transport* const transport = this->accept(0);
    ASSERT_NE(transport, nullptr);
    if (finishes) {
      EXPECT_EQ(transport->finish(), Status::kOk);
    }
    transport->abort();
    for (int i = 0; i < 5; ++i) this->turn();
    if (!finishes) {
      EXPECT_TRUE(peer->was_reset());
    }
    // Bytes that the peer sends now reach no connection.
    peer->send("anybody there?");
    for (int i = 0; i < 5; ++i) this->turn();
    peer->take();
    peer->send("no");
    char byte;
    EXPECT_LE(recv(peer->descriptor(), &byte, 1, 0), 0);
  }
}

// Both sides have ended, but much of ours is still on its way to a slow reader: none of it is lost.
TYPED_TEST(PosixTest, AbortAfterBothEndsLosesNothing) {
  ASSERT_EQ(this->network().listen(0, "", 0, false), Status::kOk);
  auto peer = SocketPeer::dial(this->network().listening_port(0));
  Transport* const transport = this->accept(0);
  ASSERT_NE(transport, nullptr);
  const std::string text(100000, 'x');
  size_t taken = 0;
  for (Transfer transfer{Status::kOk, 0}; transfer.status == Status::kOk; taken += transfer.size) {
    transfer = transport->write(as_bytes(Text(text.data(), text.size())));
  }
  EXPECT_EQ(transport->finish(), Status::kOk);
  peer->close();
  Status status = Status::kOk;
  uint8_t byte;
  for (int i = 0; i < 50 && status != Status::kClosed; ++i) {
    this->turn();
    status = transport->read({&byte, 1}).status;
  }
  ASSERT_EQ(status, Status::kClosed);
  EXPECT_EQ(transport->finish(), Status::kOk) << "nothing left to do";
  transport->abort();
  size_t got = 0;
  for (int i = 0; i < 500 && !peer->ended() && !peer->was_reset(); ++i) {
    got += peer->take().size();
    this->turn();
  }
  EXPECT_EQ(got, taken);
  EXPECT_FALSE(peer->was_reset());
}

TYPED_TEST(PosixTest, NewsFetchedByWaitIsHandedOutByPoll) {
  ASSERT_EQ(this->network().listen(0, "", 0, false), Status::kOk);
  auto peer = SocketPeer::dial(this->network().listening_port(0));
  Transport* const transport = this->accept(5);
  ASSERT_NE(transport, nullptr);
  uint8_t byte;
  EXPECT_EQ(transport->read({&byte, 1}).status, Status::kWouldBlock);
  for (int i = 0; i < 3; ++i) this->turn();
  while (!this->ready_.empty()) this->ready_.take();
  peer->send("x");
  EXPECT_LT(this->took_ms(20000), 10000u);
  EXPECT_LT(this->took_ms(20000), 10000u) << "not lost by a second wait";
  this->network().poll(0);
  EXPECT_TRUE(this->ready_.holds(5));
}

TYPED_TEST(PosixTest, OldNewsDoesNotReachTheNextConnection) {
  ASSERT_EQ(this->network().listen(0, "", 0, false), Status::kOk);
  const uint16_t port = this->network().listening_port(0);
  auto first = SocketPeer::dial(port);
  Transport* transport = this->accept(0);
  ASSERT_NE(transport, nullptr);
  uint8_t byte;
  EXPECT_EQ(transport->read({&byte, 1}).status, Status::kWouldBlock);
  first->reset();
  this->network().wait(1000);  // the reset has been fetched
  transport->abort();
  auto second = SocketPeer::dial(port);
  Status status = Status::kOk;
  transport = this->network().connect(0, "127.0.0.1", port, false, &status);  // the same index, the same descriptor
  ASSERT_NE(transport, nullptr);
  this->network().poll(0);
  if (std::is_same_v<TypeParam, PosixEpollNetwork<64>>) {
    EXPECT_FALSE(this->ready_.holds(0));
  }
  for (int i = 0; i < 5; ++i) this->turn();
  EXPECT_EQ(transport->progress().status, Status::kOk);
  EXPECT_EQ(transport->read({&byte, 1}).status, Status::kWouldBlock);
}

// accept(2) of Linux: errors of the network that are pending on a new connection come from accept(). The next one
// waits.
TYPED_TEST(PosixTest, AConnectionThatHasFailedDoesNotDelayTheNext) {
  ASSERT_EQ(this->network().listen(0, "127.0.0.1", 0, false), Status::kOk);
  constexpr int kErrors[] = {EHOSTUNREACH, ENETDOWN,    EPROTO,       ENOPROTOOPT, EHOSTDOWN, ENONET,
                             EOPNOTSUPP,   ENETUNREACH, ECONNABORTED, EINTR,       EPERM,     ETIMEDOUT};
  for (const int error : kErrors) {
    auto peer = SocketPeer::dial(this->network().listening_port(0));
    for (int i = 0; i < 50 && !this->network().waiting(0); ++i) this->turn();
    accept_error = error;
    Transport* const accepted = this->network().accept(0, 0);
    EXPECT_NE(accepted, nullptr) << strerror(error);
    if (accepted != nullptr) accepted->abort();
    accept_error = 0;
  }
}

TYPED_TEST(PosixTest, AShortageOfTheSystemIsTriedAgainAfterAPause) {
  ASSERT_EQ(this->network().listen(0, "127.0.0.1", 0, false), Status::kOk);
  for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
    auto peer = SocketPeer::dial(this->network().listening_port(0));
    for (int i = 0; i < 50 && !this->network().waiting(0); ++i) this->turn();
    accept_error = error;
    EXPECT_EQ(this->network().accept(0, 0), nullptr) << strerror(error);
    const uint32_t slept_ms = this->took_ms(20000);
    EXPECT_TRUE(slept_ms >= 90 && slept_ms < 10000) << slept_ms << " ms: " << strerror(error);
    Transport* const accepted = this->network().accept(0, 0);
    ASSERT_NE(accepted, nullptr) << strerror(error);
    EXPECT_EQ(this->network().accept(0, 1), nullptr);
    accepted->abort();
  }
}

// With no descriptor left, who waits to be accepted is neither dropped nor makes the loop spin; and is accepted as soon
// as a descriptor is free.
TYPED_TEST(PosixTest, OutOfDescriptorsTheListenerStaysReady) {
  ASSERT_EQ(this->network().listen(0, "", 0, false), Status::kOk);
  const uint16_t port = this->network().listening_port(0);
  auto first = SocketPeer::dial(port);
  Transport* const taken = this->accept(0);
  ASSERT_NE(taken, nullptr);
  auto second = SocketPeer::dial(port);
  auto third = SocketPeer::dial(port);

  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const int lowest_free = dup(0);
  close(lowest_free);
  const rlimit tight = {static_cast<rlim_t>(lowest_free), before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  for (int i = 0; i < 3; ++i) this->turn();
  EXPECT_EQ(this->network().accept(0, 1), nullptr);
  while (!this->ready_.empty()) this->ready_.take();
  // No busy loop, and no sleep for ever: the listener is asked again after a pause.
  for (int i = 0; i < 3; ++i) {
    const uint32_t slept_ms = this->took_ms(20000);
    EXPECT_GE(slept_ms, 90u);
    EXPECT_LT(slept_ms, 10000u);
    this->network().poll(0);
    EXPECT_EQ(this->network().accept(0, 1), nullptr);
  }
  // A descriptor of ours becomes free: the next turn comes at once.
  taken->abort();
  EXPECT_LT(this->took_ms(20000), 10000u);
  this->network().poll(this->network().now_ms());
  EXPECT_NE(this->network().accept(0, 1), nullptr);
  EXPECT_EQ(this->network().accept(0, 2), nullptr);
  setrlimit(RLIMIT_NOFILE, &before);
  Transport* last = nullptr;
  for (int i = 0; i < 50 && last == nullptr; ++i) {
    this->network().poll(this->network().wait(10000));
    last = this->network().accept(0, 2);
  }
  EXPECT_NE(last, nullptr) << "by the pause alone";
}

TYPED_TEST(PosixTest, OutOfDescriptorsAConnectFails) {
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const int lowest_free = dup(0);
  close(lowest_free);
  const rlimit tight = {static_cast<rlim_t>(lowest_free), before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  const Progress progress = this->connect(0, "127.0.0.1", 9);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(progress.status, Status::kFailed);
  EXPECT_EQ(progress.layer, Layer::kConnect);
  EXPECT_EQ(this->connected_->error(), EMFILE);
}

// The network itself needs descriptors, to sleep and to wake.
TYPED_TEST(PosixTest, StartedWithoutDescriptorsItGetsThemLater) {
  TypeParam other;
  IndexQueue ready;
  uint16_t links[64] = {};
  ready.attach(links, 64);
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const int lowest_free = dup(0);
  close(lowest_free);
  const rlimit tight = {static_cast<rlim_t>(lowest_free), before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  other.attach(&ready);
  const Status listened = other.listen(0, "127.0.0.1", 0, false);
  const int32_t listen_error = other.error();
  Status status = Status::kOk;
  Transport* const transport = other.connect(0, "127.0.0.1", 9, false, &status);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(listened, Status::kFailed);
  EXPECT_EQ(listen_error, EMFILE);
  ASSERT_NE(transport, nullptr);
  EXPECT_EQ(transport->progress().layer, Layer::kConnect);
  EXPECT_EQ(transport->progress().status, Status::kFailed);
  EXPECT_EQ(transport->error(), EMFILE);
  transport->abort();
  ASSERT_EQ(other.listen(0, "127.0.0.1", 0, false), Status::kOk);
  auto peer = SocketPeer::dial(other.listening_port(0));
  Transport* accepted = nullptr;
  for (int i = 0; i < 100 && accepted == nullptr; ++i) {
    other.poll(other.wait(20));
    accepted = other.accept(0, 0);
  }
  EXPECT_NE(accepted, nullptr);
  other.wake();
  const uint32_t before_ms = other.now_ms();
  EXPECT_LT(other.wait(20000) - before_ms, 10000u) << "woken";
}

// A slot becomes free while a peer waits for it: the wait must not sleep over it.
TYPED_TEST(PosixTest, AFreedSlotIsOfferedToWhoWaits) {
  ASSERT_EQ(this->network().listen(0, "", 0, false), Status::kOk);
  const uint16_t port = this->network().listening_port(0);
  auto first = SocketPeer::dial(port);
  Transport* const taken = this->accept(0);
  ASSERT_NE(taken, nullptr);
  auto second = SocketPeer::dial(port);
  for (int i = 0; i < 3; ++i) this->turn();  // announced; the loop has no slot
  EXPECT_GE(this->took_ms(30), 29u) << "no busy loop meanwhile";
  taken->abort();
  EXPECT_LT(this->took_ms(20000), 10000u);
  EXPECT_NE(this->network().accept(0, 0), nullptr);
}

// A connection that the loop does not read (held by the application) does not make the loop spin.
TYPED_TEST(PosixTest, UnreadBytesDoNotWake) {
  ASSERT_EQ(this->network().listen(0, "", 0, false), Status::kOk);
  auto peer = SocketPeer::dial(this->network().listening_port(0));
  ASSERT_NE(this->accept(0), nullptr);
  peer->send("unread");
  for (int i = 0; i < 3; ++i) this->turn();
  EXPECT_GE(this->took_ms(30), 29u);
  peer->close();
  this->turn();  // the end may be told once more
  EXPECT_GE(this->took_ms(30), 29u);
}

TYPED_TEST(PosixTest, SmallFramesLeaveAtOnce) {
  ASSERT_EQ(this->network().listen(0, "", 0, false), Status::kOk);
  ASSERT_EQ(this->connect(0, "127.0.0.1", this->network().listening_port(0)).status, Status::kOk);
  Transport* const accepted = this->accept(1);
  ASSERT_NE(accepted, nullptr);
  for (Transport* each : {this->connected_, accepted}) {
    int on = 0;
    socklen_t size = sizeof on;
    const int descriptor = static_cast<PosixSocket*>(each)->descriptor();
    ASSERT_EQ(getsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
    EXPECT_NE(on, 0);
  }
}

TYPED_TEST(PosixTest, SocketsAreClosedOnExec) {
  ASSERT_EQ(this->network().listen(0, "", 0, false), Status::kOk);
  auto peer = SocketPeer::dial(this->network().listening_port(0));
  ASSERT_NE(this->accept(0), nullptr);
  const int next = dup(peer->descriptor());
  int open = 0;
  for (int i = 3; i < next; ++i) {
    const int flags = fcntl(i, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0 && i != peer->descriptor() && i != next) ++open;
  }
  close(next);
  // Descriptors that GoogleTest or the shell had open before are counted in a process without a network; here only ours
  // may differ.
  int inherited = 0;
  this->network_.reset();
  for (int i = 3; i < next; ++i) {
    const int flags = fcntl(i, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0 && i != peer->descriptor()) ++inherited;
  }
  EXPECT_EQ(open, inherited);
}

TEST(PosixNetworkSize, ManySlotsAreCheap) {
  EXPECT_LE(sizeof(PosixSocket), 40u);
  static PosixEpollNetwork<10000> network;
  EXPECT_LT(sizeof network, 600000u);
  IndexQueue ready;
  static uint16_t links[10000];
  ready.attach(links, 10000);
  network.attach(&ready);
  EXPECT_EQ(network.capacity(), 10000);
  ASSERT_EQ(network.listen(0, "", 0, false), Status::kOk);
  auto peer = SocketPeer::dial(network.listening_port(0));
  Transport* transport = nullptr;
  for (int i = 0; i < 50 && transport == nullptr; ++i) {
    network.poll(network.wait(20));
    transport = network.accept(0, 9999);
  }
  ASSERT_NE(transport, nullptr);
  peer->send("x");
  for (int i = 0; i < 50 && !ready.holds(9999); ++i) network.poll(network.wait(20));
  EXPECT_TRUE(ready.holds(9999));
}

// More news than one poll() hands out: bounded, and nothing is lost.
TEST(PosixNetworkSize, ABatchOfEventsIsBoundedAndComplete) {
  constexpr uint16_t kMany = 300;  // more than PosixEpollBase hands out in one poll()
  static PosixEpollNetwork<kMany> network;
  IndexQueue ready;
  static uint16_t links[kMany];
  ready.attach(links, kMany);
  network.attach(&ready);
  ASSERT_EQ(network.listen(0, "", 0, false), Status::kOk);
  std::vector<std::unique_ptr<SocketPeer>> peers;
  std::vector<Transport*> transports;
  for (uint16_t i = 0; i < kMany; ++i) {
    peers.push_back(SocketPeer::dial(network.listening_port(0)));
    ASSERT_NE(peers.back(), nullptr);
    Transport* transport = nullptr;
    for (int j = 0; j < 50 && transport == nullptr; ++j) {
      network.poll(network.wait(20));
      transport = network.accept(0, i);
    }
    ASSERT_NE(transport, nullptr) << i;
    transports.push_back(transport);
  }
  for (int i = 0; i < 3; ++i) network.poll(network.wait(5));
  while (!ready.empty()) ready.take();
  for (auto& each : peers) each->send("x");
  network.poll(network.wait(100));
  EXPECT_LE(ready.size(), 256);
  EXPECT_GT(ready.size(), 0);
  for (int i = 0; i < 5; ++i) network.poll(network.wait(5));
  EXPECT_EQ(ready.size(), kMany);
  for (Transport* each : transports) each->abort();
}

}  // namespace
}  // namespace whit
