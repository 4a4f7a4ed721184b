// SPDX-License-Identifier: MIT
#include "whit_mbedtls.h"

#include <string.h>

#include "tls_error.h"
#include "tls_network.h"
#include "tls_options.h"
#include "whit/network.h"

namespace whit {
namespace {

// new (Place{memory}) T(...): as <new> has it, which belongs to the C++ library.
struct Place {
  void* memory;
};

// The network over transports that a C program has declared.
class DeclaredTlsNetwork final : public TlsNetworkBase {
 public:
  DeclaredTlsNetwork(Network& below, const whit_tls_memory& memory)
      : TlsNetworkBase(below, reinterpret_cast<TlsTransport*>(memory.transports), memory.slots) {}
};

template <typename C, typename Cpp>
constexpr bool has_room_for() {
  return sizeof(C) >= sizeof(Cpp) && alignof(C) >= alignof(Cpp);
}
static_assert(has_room_for<whit_tls_transport, TlsTransport>(), "whit_mbedtls.h: whit_tls_transport is too small");
static_assert(has_room_for<whit_tls_network, DeclaredTlsNetwork>(), "whit_mbedtls.h: whit_tls_network is too small");

// The structures of both languages are the same memory.
using Options = whit_tls_options;
static_assert(sizeof(whit_tls_span) == sizeof(Bytes) && offsetof(whit_tls_span, size) == offsetof(Bytes, size) &&
                  sizeof(whit_tls_span) == sizeof(Text) && offsetof(whit_tls_span, size) == offsetof(Text, size),
              "whit_tls_span");
static_assert(sizeof(Options) == sizeof(TlsOptions) && alignof(Options) == alignof(TlsOptions) &&
                  offsetof(Options, trusted_count) == offsetof(TlsOptions, trusted_count) &&
                  offsetof(Options, certificates) == offsetof(TlsOptions, certificates) &&
                  offsetof(Options, certificate_count) == offsetof(TlsOptions, certificate_count) &&
                  offsetof(Options, private_key) == offsetof(TlsOptions, private_key) &&
                  offsetof(Options, psk) == offsetof(TlsOptions, psk) &&
                  offsetof(Options, psk_identity) == offsetof(TlsOptions, psk_identity) &&
                  offsetof(Options, min_version) == offsetof(TlsOptions, min_version) &&
                  offsetof(Options, max_version) == offsetof(TlsOptions, max_version) &&
                  offsetof(Options, alpn) == offsetof(TlsOptions, alpn) &&
                  offsetof(Options, dates) == offsetof(TlsOptions, dates) &&
                  offsetof(Options, unix_time) == offsetof(TlsOptions, unix_time) &&
                  offsetof(Options, floor_time) == offsetof(TlsOptions, floor_time),
              "whit_tls_options");
static_assert(WHIT_TLS_VERSION_ANY == static_cast<int>(TlsVersion::kAny) &&
                  WHIT_TLS_VERSION_1_2 == static_cast<int>(TlsVersion::kTls12) &&
                  WHIT_TLS_VERSION_1_3 == static_cast<int>(TlsVersion::kTls13) &&
                  WHIT_TLS_DATES_CLOCK == static_cast<int>(TlsDates::kClock) &&
                  WHIT_TLS_DATES_FLOOR == static_cast<int>(TlsDates::kFloor) &&
                  WHIT_TLS_DATES_IGNORE == static_cast<int>(TlsDates::kIgnore),
              "the numbers of whit_tls_options");

DeclaredTlsNetwork& to_cpp(whit_network* network) {
  return static_cast<DeclaredTlsNetwork&>(*reinterpret_cast<Network*>(network));
}
const DeclaredTlsNetwork& to_cpp(const whit_network* network) {
  return static_cast<const DeclaredTlsNetwork&>(*reinterpret_cast<const Network*>(network));
}
const TlsOptions& to_cpp(const whit_tls_options& options) { return reinterpret_cast<const TlsOptions&>(options); }

}  // namespace
}  // namespace whit

using whit::to_cpp;

inline void* operator new(size_t, whit::Place place) noexcept { return place.memory; }

whit_network* whit_tls_start(const whit_tls_memory* memory, whit_network* below) {
  // Elements as large as those of C++, one behind the other, whatever room C has for them.
  auto* const transports = reinterpret_cast<whit::TlsTransport*>(memory->transports);
  for (uint16_t i = 0; i < memory->slots; ++i) ::new (whit::Place{&transports[i]}) whit::TlsTransport();
  auto& network = *reinterpret_cast<whit::Network*>(below);
  whit::Network* const made = new (whit::Place{memory->network}) whit::DeclaredTlsNetwork(network, *memory);
  return reinterpret_cast<whit_network*>(made);
}

uint8_t whit_tls_set_client(whit_network* tls, const whit_tls_options* options) {
  return static_cast<uint8_t>(to_cpp(tls).set_client(to_cpp(*options)));
}

uint8_t whit_tls_set_server(whit_network* tls, const whit_tls_options* options) {
  return static_cast<uint8_t>(to_cpp(tls).set_server(to_cpp(*options)));
}

void whit_tls_dangerously_accept_any_server_certificate(whit_network* tls) {
  to_cpp(tls).dangerously_accept_any_server_certificate();
}

size_t whit_tls_export_session(const whit_network* tls, const char* host, uint16_t port, uint8_t* out, size_t size) {
  return to_cpp(tls).export_session({host, strlen(host)}, port, {out, size});
}

uint8_t whit_tls_import_session(whit_network* tls, const char* host, uint16_t port, const uint8_t* session,
                                size_t size) {
  return static_cast<uint8_t>(to_cpp(tls).import_session({host, strlen(host)}, port, {session, size}));
}

void whit_tls_forget_sessions(whit_network* tls) { to_cpp(tls).forget_sessions(); }

whit_tls_statistics whit_tls_statistics_of(const whit_network* tls) {
  const whit::TlsStatistics all = to_cpp(tls).statistics();
  return {all.handshakes, all.resumed, all.failed, all.last_failure, all.arena.used, all.arena.peak, all.arena.size};
}

const char* whit_tls_error_text(int32_t error) { return whit::tls_error_text(error); }
