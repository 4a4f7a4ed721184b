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
// lwIP asks for the other family when the first has no record. Of a machine without an IPv4 address the first is IPv6.
uint8_t wanted_family() {
  const bool has_ipv4 = netif_default != nullptr && !ip4_addr_isany(netif_ip4_addr(netif_default));
  return has_ipv4 ? LWIP_DNS_ADDRTYPE_IPV4_IPV6 : LWIP_DNS_ADDRTYPE_IPV6_IPV4;
}
#else
uint8_t wanted_family() { return LWIP_DNS_ADDRTYPE_DEFAULT; }
#endif

}  // namespace

// ERR_OK: the transport goes on by itself.
err_t LwipNetworkBase::resolve(LwipTransport& transport, Text host, uint16_t port) {
  char name[DNS_MAX_NAME_LENGTH];
  if (!lwip_copy_text(host, name, sizeof name)) return ERR_ARG;
  LwipLookup* lookup = nullptr;
  for (uint8_t i = 0; i < sizes_.lookups; ++i) {
    if (!lookups_[i].busy) lookup = &lookups_[i];
  }
  if (lookup == nullptr) return ERR_MEM;
  // Filled before the call, because the answer may come inside it.
  *lookup = {this, transport.stream_.index, port, true};
  transport.stage_ = LwipTransport::Stage::kResolving;
  ip_addr_t address;
  const err_t result = dns_gethostbyname_addrtype(name, &address, on_resolved, lookup, wanted_family());
  if (result == ERR_INPROGRESS) return ERR_OK;
  lookup->busy = false;
  if (result == ERR_OK) transport.resolved(&address, port);  // it was in lwIP's cache
  return result;
}

void LwipNetworkBase::on_resolved(const char*, const ip_addr_t* address, void* arg) {
  auto* const lookup = static_cast<LwipLookup*>(arg);
  lookup->busy = false;
  if (lookup->index == IndexQueue::kNone) return;  // cancelled; the transport may belong to another connection now
  lookup->network->transports_[lookup->index].resolved(address, lookup->port);
}

void LwipNetworkBase::cancel_lookup(uint16_t index) {
  for (uint8_t i = 0; i < sizes_.lookups; ++i) {
    if (lookups_[i].index == index) lookups_[i].index = IndexQueue::kNone;
  }
}

#else

err_t LwipNetworkBase::resolve(LwipTransport&, Text, uint16_t) {
  return ERR_VAL;  // LWIP_DNS is 0: addresses only
}

void LwipNetworkBase::on_resolved(const char*, const ip_addr_t*, void*) {}

void LwipNetworkBase::cancel_lookup(uint16_t) {}

#endif

}  // namespace whit
