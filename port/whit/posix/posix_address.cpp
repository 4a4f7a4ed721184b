// SPDX-License-Identifier: MIT
// Addresses: between text, the system's form and Whit's. A system without IPv6 need not know its types.
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "posix_names.h"
#include "posix_platform.h"

namespace whit::posix {

#if defined(IPV6_V6ONLY)

namespace {

Address from_ipv6(const struct sockaddr_storage& from) {
  constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};  // RFC 4291, 2.5.5.2
  struct sockaddr_in6 v6;
  memcpy(&v6, &from, sizeof v6);
  uint8_t bytes[16];
  memcpy(bytes, &v6.sin6_addr, sizeof bytes);
  const bool mapped = memcmp(bytes, kMapped, sizeof kMapped) == 0;
  Address address;
  address.size = mapped ? 4 : 16;
  memcpy(address.bytes, bytes + (mapped ? sizeof kMapped : 0), address.size);
  address.port = ntohs(v6.sin6_port);
  return address;
}

}  // namespace

bool is_ipv6(int family) { return family == AF_INET6; }

void accept_ipv4_too(int descriptor) {
  const int off = 0;
  static_cast<void>(setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off));
}

#else

namespace {

Address from_ipv6(const struct sockaddr_storage&) { return Address(); }

}  // namespace

bool is_ipv6(int) { return false; }

void accept_ipv4_too(int) {}

#endif

Address to_address(const struct sockaddr_storage& from) {
  if (is_ipv6(from.ss_family)) return from_ipv6(from);
  Address address;
  if (from.ss_family != AF_INET) return address;
  struct sockaddr_in v4;
  memcpy(&v4, &from, sizeof v4);
  memcpy(address.bytes, &v4.sin_addr, 4);
  address.size = 4;
  address.port = ntohs(v4.sin_port);
  return address;
}

bool Target::set(Text host_in, uint16_t port_in) {
  if (host_in.size > kMaxHost) return false;
  if (!host_in.empty() && memchr(host_in.data, '\0', host_in.size) != nullptr) return false;
  if (!host_in.empty()) memcpy(host, host_in.data, host_in.size);
  host[host_in.size] = '\0';
  char* end = port + sizeof port;
  *--end = '\0';
  uint16_t left = port_in;
  do {
    *--end = static_cast<char>('0' + left % 10);
    left = static_cast<uint16_t>(left / 10);
  } while (left != 0);
  memmove(port, end, static_cast<size_t>(port + sizeof port - end));
  return true;
}

int32_t Target::look_up(int flags, struct addrinfo** found) const {
  struct addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  const int error = getaddrinfo(host, port, &hints, found);
  return error == 0 ? 0 : name_error(error);
}

}  // namespace whit::posix
