// SPDX-License-Identifier: MIT
// Names, by lwIP's resolver: asynchronous, and cancellable although lwIP's is not.
#include "lwip/dns.h"
#include "lwip/netif.h"
#include "lwip_address.h"
#include "lwip_network.h"

namespace whit {

#if LWIP_DNS

namespace {

#if LWIP_IPV4 && LWIP_IPV6
// The family that is asked for first: IPv6 on a machine without an IPv4 address.
uint8_t first_family() {
  const bool has_ipv4 = netif_default != nullptr && !ip4_addr_isany(netif_ip4_addr(netif_default));
  return has_ipv4 ? LWIP_DNS_ADDRTYPE_IPV4 : LWIP_DNS_ADDRTYPE_IPV6;
}
constexpr uint8_t other_family(uint8_t family) {
  return family == LWIP_DNS_ADDRTYPE_IPV4 ? LWIP_DNS_ADDRTYPE_IPV6 : LWIP_DNS_ADDRTYPE_IPV4;
}
#else
uint8_t first_family() { return LWIP_DNS_ADDRTYPE_DEFAULT; }
constexpr uint8_t other_family(uint8_t family) { return family; }
#endif

}  // namespace

// ERR_OK: the transport goes on by itself. Both families are asked for at once (RFC 8305, 3), so that neither waits for
// a name server that is silent about the other.
err_t LwipNetworkBase::resolve(LwipTransport& transport, Text host, uint16_t port) {
  char name[DNS_MAX_NAME_LENGTH];
  if (!lwip_copy_text(host, name, sizeof name)) return ERR_ARG;
  transport.stage_ = LwipTransport::Stage::kResolving;
  const uint8_t family = first_family();
  const err_t result = ask(transport, name, port, family);
  // Without a place for the second question there is one address to be tried.
  const bool goes_on = result == ERR_OK && !transport.stream_.failed;
  if (kLwipFamilies > 1 && goes_on) (void)ask(transport, name, port, other_family(family));
  return result;
}

// ERR_OK: the answer has come, or will.
err_t LwipNetworkBase::ask(LwipTransport& transport, const char* name, uint16_t port, uint8_t family) {
  LwipLookup* lookup = nullptr;
  for (uint8_t i = 0; i < sizes_.lookups; ++i) {
    if (lookups_[i].is_free()) lookup = &lookups_[i];
  }
  if (lookup == nullptr) return ERR_MEM;
  // Filled before the call, because the answer may come inside it.
  *lookup = LwipLookup();
  lookup->network = this;
  lookup->index = transport.stream_.index;
  lookup->port = port;
  lookup->since_ms = polled_ms_;
  lookup->busy = true;
  ip_addr_t address;
  const err_t result = dns_gethostbyname_addrtype(name, &address, on_resolved, lookup, family);
  if (result == ERR_INPROGRESS) return ERR_OK;
  lookup->busy = false;
  if (result == ERR_OK) answered(*lookup, &address);  // it was in lwIP's cache
  return result;
}

void LwipNetworkBase::on_resolved(const char*, const ip_addr_t* address, void* arg) {
  auto* const lookup = static_cast<LwipLookup*>(arg);
  lookup->busy = false;
  if (lookup->index == IndexQueue::kNone) return;  // cancelled; the transport may belong to another connection now
  lookup->network->answered(*lookup, address);
}

LwipLookup* LwipNetworkBase::lookup_of(uint16_t index) {
  for (uint8_t i = 0; i < sizes_.lookups; ++i) {
    if (!lookups_[i].is_free() && lookups_[i].index == index) return &lookups_[i];
  }
  return nullptr;
}

// `lookup` is free. The address that is known first is dialled; the second one is kept for the case that it fails.
void LwipNetworkBase::answered(LwipLookup& lookup, const ip_addr_t* address) {
  LwipTransport& transport = transports_[lookup.index];
  LwipLookup* const other = lookup_of(lookup.index);
  if (transport.stage_ == LwipTransport::Stage::kConnecting) {
    lookup.kept = address != nullptr;
    if (lookup.kept) lookup.address = *address;
    keeps_addresses_ = keeps_addresses_ || lookup.kept;
    if (transport.stream_.failed) announce(lookup.index);  // it has waited for this answer
    return;
  }
  if (address == nullptr && other != nullptr) return;
  transport.resolved(address, lookup.port);
  if (other != nullptr) other->since_ms = polled_ms_;
}

bool LwipNetworkBase::dial_kept(uint16_t index) {
  LwipLookup* const next = lookup_of(index);
  if (next == nullptr) return false;
  if (!next->kept) return true;  // its answer is still to come
  next->kept = false;
  transports_[index].clear();
  transports_[index].resolved(&next->address, next->port);
  return true;
}

void LwipNetworkBase::cancel_lookups(uint16_t index) {
  for (uint8_t i = 0; i < sizes_.lookups; ++i) {
    if (lookups_[i].index != index) continue;
    lookups_[i].index = IndexQueue::kNone;
    lookups_[i].kept = false;
  }
}

#else

err_t LwipNetworkBase::resolve(LwipTransport&, Text, uint16_t) {
  return ERR_VAL;  // LWIP_DNS is 0: addresses only
}

void LwipNetworkBase::on_resolved(const char*, const ip_addr_t*, void*) {}

bool LwipNetworkBase::dial_kept(uint16_t) { return false; }

void LwipNetworkBase::cancel_lookups(uint16_t) {}

#endif

}  // namespace whit
