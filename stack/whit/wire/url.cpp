// SPDX-License-Identifier: MIT
#include "whit/wire/url.h"

#include "whit/wire/host.h"
#include "whit/wire/scan.h"

namespace whit::wire {

bool parse_url(Text url, Url* out) {
  Authority authority;
  // RFC 6455 section 3: the connection is secure exactly when the scheme is wss.
  if (!take_origin(&url, "ws", &out->secure, &authority)) return false;
  // RFC 3986 sections 3.3 and 3.4: a path, and behind the first "?" a query, which may have more of them. "#" is not
  // among the characters: RFC 6455 section 3 forbids fragments.
  Text resource = url;
  bool valid = take_url_chars(&url, kPathChar);
  const bool empty_query = url.size == 1 && url[0] == '?';
  while (valid && take(&url, '?')) valid = take_url_chars(&url, kPathChar);
  // The resolver gets the host as it is, so it must not be encoded.
  Text host = authority.host;
  if (take(&host, '[')) --host.size;
  out->host = host;
  take_run(&host, kPathChar);
  if (!valid || !url.empty() || !host.empty()) return false;
  // RFC 6455 section 3: 80 and 443. RFC 3986 section 3.2.3: an empty port is as good as none.
  const uint16_t usual = out->secure ? 443 : 80;
  out->port = authority.port != 0 ? authority.port : usual;
  // RFC 6455 section 4.1: the Host field names the port when it is not the default.
  out->host_field = authority.host;
  if (out->port != usual) out->host_field.size = static_cast<size_t>(resource.data - authority.host.data);
  // RFC 6455 section 3: "/" for an empty path, and "?" only before a query that is not empty.
  take(&resource, '/');
  if (empty_query) --resource.size;
  out->resource = resource;
  return true;
}

}  // namespace whit::wire
