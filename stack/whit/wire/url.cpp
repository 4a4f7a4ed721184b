// SPDX-License-Identifier: MIT
#include "whit/wire/url.h"

#include "whit/wire/host.h"
#include "whit/wire/scan.h"

namespace whit::wire {
namespace {

constexpr Text kScheme("ws");
constexpr Text kRoot("/");

// RFC 3986 sections 3.3 and 3.4. A path cannot hold "?", but there the query has begun. "#" is not among the
// characters: RFC 6455 section 3 forbids fragments.
bool valid_resource(Text text) {
  while (!text.empty()) {
    size_t size = url_char_size(text);
    const char c = text[0];
    if (c == '/' || c == '?' || c == ':' || c == '@') size = 1;
    if (size == 0) return false;
    text = text.from(size);
  }
  return true;
}

// Sets what the authority says: everything about host and port.
bool set_host(Text text, Url* out) {
  Authority authority;
  // The resolver gets the host as it is, so it must not be encoded.
  if (!parse_authority(text, &authority) || find(text, '%') != text.size) return false;
  out->host = authority.host;
  out->ipv6_literal = authority.ipv6_literal;
  // RFC 6455 section 3: 80 and 443. RFC 3986 section 3.2.3: an empty port is as good as none.
  const uint16_t usual = out->secure ? 443 : 80;
  out->port = authority.port != 0 ? authority.port : usual;
  out->default_port = out->port == usual;
  // RFC 6455 section 4.1: the Host field names the port when it is not the default.
  out->host_field = out->default_port ? authority.written_host : text;
  return true;
}

}  // namespace

Status parse_url(Text url, Url* out) {
  // RFC 6455 section 3: the connection is secure exactly when the scheme is wss.
  if (!take_scheme(&url, kScheme, &out->secure)) return Status::kInvalidArgument;
  const size_t query = find(url, '?');
  const size_t path = find(url.first(query), '/');
  Text resource = url.from(path);
  if (!set_host(url.first(path), out) || !valid_resource(resource)) return Status::kInvalidArgument;
  // RFC 6455 section 3: "?" only before a query that is not empty, and "/" for an empty path.
  if (query + 1 == url.size) --resource.size;
  out->needs_slash = path == query && !resource.empty();
  out->resource = resource.empty() ? kRoot : resource;
  return Status::kOk;
}

}  // namespace whit::wire
