// SPDX-License-Identifier: MIT
#include "whit/http/url.h"

#include "whit/http/authority.h"
#include "whit/http/scan.h"

namespace whit::http {

Url parse_url(Text text) {
  Url url;
  url.port = 0;
  Origin origin;
  // RFC 6455 section 3: the connection is secure exactly when the scheme is wss.
  if (!take_origin(&text, "ws", &origin)) return url;
  url.secure = origin.secure;
  // RFC 3986 sections 3.3 and 3.4. A path cannot hold "?", but there the query has begun. "#" is not among the
  // characters: RFC 6455 section 3 forbids fragments.
  url.resource = text;
  if (!take_url_chars(&text, kUrlChar) || !text.empty()) return url;
  // The resolver gets the host as it is, so it must not be encoded.
  url.host = url.host_field = origin.host;
  if (find(url.host, '%') != url.host.size) return url;
  if (take(&url.host, '[')) --url.host.size;
  // RFC 6455 section 3: 80 and 443. RFC 3986 section 3.2.3: an empty port is as good as none.
  const uint16_t usual = url.secure ? 443 : 80;
  url.port = origin.port != 0 ? origin.port : usual;
  // RFC 6455 section 4.1: the Host field names the port when it is not the default.
  if (url.port != usual) url.host_field.size = static_cast<size_t>(url.resource.data - url.host_field.data);
  // RFC 6455 section 3: "?" only before a query that is not empty, and "/" for an empty path.
  if (find(url.resource, '?') + 1 == url.resource.size) --url.resource.size;
  take(&url.resource, '/');
  return url;
}

}  // namespace whit::http
