// SPDX-License-Identifier: MIT
#include "lwip_network.h"

#include "lwip/netif.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip_address.h"
#include "whit/config.h"

namespace whit {

namespace {

// The number of control blocks bounds half-open and waiting connections, and priorities decide when all are taken. With
// a backlog lwIP would drop a SYN silently while silent peers hold the places.
constexpr uint8_t kNoBacklog = 255;

bool is_of_this_machine(const ip_addr_t& address) {
  netif* interface;
  NETIF_FOREACH(interface) {
#if LWIP_IPV4
    const bool is_v4 = IP_IS_V4_VAL(address);
    if (is_v4 && ip4_addr_get_u32(ip_2_ip4(&address)) == ip4_addr_get_u32(netif_ip4_addr(interface))) return true;
#endif
#if LWIP_IPV6
    if (IP_IS_V6_VAL(address) && netif_get_ip6_addr_match(interface, ip_2_ip6(&address)) >= 0) return true;
#endif
  }
  return false;
}

// Every address, of every family there is.
const ip_addr_t& any_address() {
#if LWIP_IPV4 && LWIP_IPV6
  return ip_addr_any_type;
#else
  return *IP_ADDR_ANY;
#endif
}

}  // namespace

// NO_SYS=1 has no lock to check. The firmware's LWIP_ASSERT_CORE_LOCKED() can tell interrupts from the main loop, and
// while lwIP runs its callbacks nothing of Whit may be called.
void LwipNetworkBase::check_context() const {
  LWIP_ASSERT_CORE_LOCKED();
  LWIP_ASSERT("Whit was called in an lwIP callback; only Loop::poll() calls the port", !pumping_);
}

void LwipNetworkBase::poll(uint32_t now_ms) {
  check_context();
  polled_ms_ = now_ms;
  // First, so that a SYN which is received now finds them.
  if (now_ms - aged_ms_ >= config::kSilentGraceMs) {
    aged_ms_ = now_ms;
    age_silent();
  }
  pumping_ = true;
  pump();
  pumping_ = false;
  if (kLwipFamilies > 1 && keeps_addresses_) expire_addresses();
  if (!retry_) return;
  retry_ = false;
  for (uint16_t i = 0; i < sizes_.slots; ++i) {
    if (!transports_[i].starved_) continue;
    transports_[i].starved_ = false;
    announce(i);
  }
}

void LwipNetworkBase::expire_addresses() {
  keeps_addresses_ = false;
  for (uint8_t i = 0; i < sizes_.lookups; ++i) {
    keeps_addresses_ = keeps_addresses_ || lookups_[i].kept;
    if (!lookups_[i].kept || polled_ms_ - lookups_[i].since_ms < config::kAddressTimeoutMs) continue;
    const uint16_t index = lookups_[i].index;
    if (dial_other(index)) announce(index);
  }
}

// A block has gone through this twice before it is stale, so it was silent for one to two times the grace.
void LwipNetworkBase::age_silent() {
  const auto age = [](tcp_pcb* block) {
    if (block->prio == kStalePriority) return;
    tcp_setprio(block, block->prio == kFreshPriority ? kAgeingPriority : kStalePriority);
  };
  for (tcp_pcb* block = tcp_active_pcbs; block != nullptr; block = block->next) {
    if (block->state == SYN_RCVD && block->prio <= kAgeingPriority) age(block);
  }
  for (uint8_t i = 0; i < sizes_.waiting; ++i) {
    if (waiting_[i].busy() && !waiting_[i].stream.has_input()) age(waiting_[i].stream.pcb);
  }
}

void LwipNetworkBase::attach(IndexQueue* ready) {
  ready_ = ready;
  for (uint16_t i = 0; i < sizes_.slots; ++i) {
    transports_[i].stream_.network = this;
    transports_[i].stream_.index = i;
  }
}

void LwipNetworkBase::announce(uint16_t index) {
  if (index != IndexQueue::kNone) ready_->add(index);
  became_ready();
}

// The next poll() announces it. Memory comes back by packets of another connection or by lwIP's TCP timer (250 ms), and
// both wake the board.
void LwipNetworkBase::retry_later(LwipTransport& transport) {
  transport.starved_ = true;
  retry_ = true;
  ++counters_.writes_starved;
}

Status LwipNetworkBase::listen(uint8_t listener, Text address, uint16_t port, bool secure) {
  check_context();
  error_ = ERR_ARG;
  if (secure || listener >= kMaxListeners || listeners_[listener].pcb != nullptr) return Status::kInvalidArgument;
  ip_addr_t local = any_address();
  if (!address.empty()) {
    if (!lwip_parse_address(address, &local)) return Status::kInvalidArgument;
    if (!ip_addr_isany_val(local) && !is_of_this_machine(local)) return Status::kInvalidArgument;
  }
  return open_listener(listeners_[listener], local, port);
}

Status LwipNetworkBase::open_listener(LwipListener& listener, const ip_addr_t& address, uint16_t port) {
  error_ = ERR_MEM;
  tcp_pcb* const block = tcp_new_ip_type(IP_GET_TYPE(&address));
  if (block == nullptr) return Status::kFailed;
  tcp_setprio(block, kFreshPriority);  // inherited by each connection of this listener
#if SO_REUSE
  ip_set_option(block, SOF_REUSEADDR);  // a listener comes back although its old connections are still there
#endif
  error_ = tcp_bind(block, &address, port);
  tcp_pcb* listening = nullptr;
  if (error_ == ERR_OK) listening = tcp_listen_with_backlog_and_err(block, kNoBacklog, &error_);
  if (listening == nullptr) {
    tcp_abort(block);
    return error_ == ERR_USE ? Status::kInUse : Status::kFailed;
  }
  listener.pcb = listening;
  listener.network = this;
  listener.port = listening->local_port;
  tcp_arg(listening, &listener);
  tcp_accept(listening, on_accept);
  return Status::kOk;
}

uint16_t LwipNetworkBase::listening_port(uint8_t listener) const {
  return listener < kMaxListeners ? listeners_[listener].port : 0;
}

void LwipNetworkBase::unlisten(uint8_t listener) {
  check_context();
  if (listener >= kMaxListeners || listeners_[listener].pcb == nullptr) return;
  while (LwipWaiting* const waiting = next_waiting(listener)) drop_waiting(waiting->stream);
  // lwIP 2.2 always closes a listening block; did it not, it would go on listening, and so it would still be ours.
  const err_t result = tcp_close(listeners_[listener].pcb);
  if (result == ERR_OK) {
    listeners_[listener] = LwipListener();
  } else {
    error_ = result;
  }
}

// lwIP gives a connection here once, when the handshake of TCP is done; or none, with ERR_MEM, when a SYN found no
// control block (the peer sends it again).
err_t LwipNetworkBase::on_accept(void* arg, tcp_pcb* pcb, err_t error) {
  auto* const listener = static_cast<LwipListener*>(arg);
  LwipNetworkBase& self = *listener->network;
  self.became_ready();
  if (pcb == nullptr) listener->syn_refused = true;
  LwipWaiting* const place = error == ERR_OK && pcb != nullptr ? self.free_waiting() : nullptr;
  if (place == nullptr) {
    ++self.counters_.accepts_refused;
    return ERR_MEM;  // lwIP resets the connection
  }
  place->listener = static_cast<uint8_t>(listener - self.listeners_);
  place->ticket = self.next_ticket_++;
  place->stream.own(pcb, &self, IndexQueue::kNone);
  tcp_setprio(pcb, kFreshPriority);
  if (++self.counters_.waiting > self.counters_.waiting_most) self.counters_.waiting_most = self.counters_.waiting;
  return ERR_OK;
}

// A free place, or the one of a stale connection.
LwipWaiting* LwipNetworkBase::free_waiting() {
  LwipWaiting* stale = nullptr;
  for (uint8_t i = 0; i < sizes_.waiting; ++i) {
    LwipWaiting& candidate = waiting_[i];
    if (!candidate.busy()) return &candidate;
    if (candidate.stream.pcb->prio == kStalePriority && (stale == nullptr || candidate.is_before(*stale))) {
      stale = &candidate;
    }
  }
  if (stale != nullptr) drop_waiting(stale->stream);
  return stale;
}

// Connections with input come first, in their order: a client speaks first, in HTTP and in TLS.
LwipWaiting* LwipNetworkBase::next_waiting(uint8_t listener) {
  LwipWaiting* first = nullptr;
  for (uint8_t i = 0; i < sizes_.waiting; ++i) {
    LwipWaiting& candidate = waiting_[i];
    if (!candidate.busy() || candidate.listener != listener) continue;
    if (first == nullptr || candidate.is_before(*first)) first = &candidate;
  }
  return first;
}

void LwipNetworkBase::drop_waiting(LwipStream& stream) {
  stream.destroy();
  --counters_.waiting;
}

Transport* LwipNetworkBase::accept(uint8_t listener, uint16_t index) {
  check_context();
  if (listener < kMaxListeners) listeners_[listener].syn_refused = false;
  if (counters_.waiting == 0) return nullptr;
  LwipWaiting* const place = next_waiting(listener);
  if (place == nullptr) return nullptr;
  LwipTransport& transport = transports_[index];
  transport.adopt(place->stream, index);
  place->stream = LwipStream();
  --counters_.waiting;
  tcp_setprio(transport.stream_.pcb, kOpenPriority);
  if (transport.stream_.has_input()) announce(index);
  return &transport;
}

// A silent connection need not be accepted. A peer whose SYN found no block repeats it.
bool LwipNetworkBase::waiting(uint8_t listener) {
  check_context();
  if (listener >= kMaxListeners) return false;
  const LwipWaiting* const next = next_waiting(listener);
  return (next != nullptr && next->stream.has_input()) || listeners_[listener].syn_refused;
}

Transport* LwipNetworkBase::connect(uint16_t, Text, uint16_t, bool secure, Status* status) {
  error_ = ERR_ARG;
  *status = secure ? Status::kInvalidArgument : Status::kFailed;
  return nullptr;
}

Transport* LwipNetworkBase::dial(uint16_t index, Text host, uint16_t port, bool secure, Status* status) {
  check_context();
  error_ = ERR_ARG;
  *status = secure ? Status::kInvalidArgument : Status::kFailed;
  if (secure || port == 0 || host.empty()) return nullptr;
  LwipTransport& transport = transports_[index];
  ip_addr_t address;
  if (lwip_parse_address(host, &address)) {
    error_ = ERR_OK;
    transport.resolved(&address, port);
  } else {
    error_ = resolve(transport, host, port);
  }
  if (error_ == ERR_OK) {
    *status = Status::kOk;
    return &transport;
  }
  transport.abort();
  return nullptr;
}

}  // namespace whit
