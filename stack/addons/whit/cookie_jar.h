// SPDX-License-Identifier: MIT
// CookieJar: keeps the cookies that servers set in the answers to the opening handshake, and sends them with the next
// request: what load balancers need to bring a client back to the same server. RFC 6265, in bounded memory.
//
//   static whit::CookieMemory<4, 256> memory;  // 4 cookies of up to 256 bytes
//   static whit::CookieJar jar{memory};
//   options.on_response_field = [](whit::WebSocket socket, whit::Text name, whit::Text value) {
//     jar.on_response_field(options, socket, name, value);
//   };
//   options.request_fields = [](const whit::ClientOptions& options, whit::FieldWriter out) { jar.put(options, out); };
//   ...
//   if (client.socket().ready_state() != whit::ReadyState::kConnecting) jar.poll(now_ms);  // once per turn
//
// A jar may serve several clients, whose options have their URLs. There is no list of public suffixes: a Domain without
// a dot is refused, one such as "co.uk" is not. A Set-Cookie that is longer than a buffer of the loop is never seen.
// HttpOnly and SameSite concern browsers and are passed over.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/credentials.h"
#include "whit/field_writer.h"
#include "whit/options.h"
#include "whit/url_reference.h"
#include "whit/websocket.h"

namespace whit {

template <size_t kCookies, size_t kBytes>
struct CookieMemory;

class CookieJar {
 public:
  // `memory` must live as long as this object. (It stands apart so that it is no part of an image in flash.)
  template <size_t kCookies, size_t kBytes>
  constexpr explicit CookieJar(CookieMemory<kCookies, kBytes>& memory)
      : entries_(memory.entries), bytes_(memory.bytes), entry_count_(kCookies), bytes_each_(kBytes) {}
  CookieJar(const CookieJar&) = delete;
  CookieJar& operator=(const CookieJar&) = delete;

  // Takes Set-Cookie, and Date for the cookies that name a time (Expires). To be called by the application's function
  // ClientOptions::on_response_field; `options` are those of the connection.
  void on_response_field(const ClientOptions& options, WebSocket socket, Text name, Text value);

  // Writes the field Cookie with `own` cookies first, then those of the jar that belong to options.url, longer paths
  // first (RFC 6265, 5.4). None: no field. To be called by the function ClientOptions::request_fields.
  void put(const ClientOptions& options, FieldWriter out, const Cookie* own = nullptr, size_t own_count = 0) const;

  // Time passes; cookies whose Max-Age or Expires is over are removed. At least once in 49 days. Not while a connection
  // opens: its request has to stay as it is.
  void poll(uint32_t now_ms);

  void clear();          // forgets all
  size_t count() const;  // cookies that are kept
  // Cookies that were too long to be kept, and those that gave way to newer ones in a full jar.
  uint32_t dropped() const { return dropped_; }

 private:
  struct Entry {
    bool used;
    bool host_only;
    bool secure;
    bool dated;          // `expires` is a date, compared with a Date that has not come yet
    uint16_t sizes[4];   // of its name, value, domain and path, which stand one behind the other
    uint32_t created;    // a count
    int64_t expires_at;  // in seconds of the jar's clock; 0: when the jar is cleared
  };
  template <size_t kCookies, size_t kBytes>
  friend struct CookieMemory;

  enum Part : size_t { kName, kValue, kDomain, kPath, kParts };
  struct SetCookie;

  Text part(const Entry& entry, Part part) const;
  bool belongs(const Entry& entry, const UrlReference& url) const;
  bool comes_before(const Entry& left, const Entry& right) const;
  Entry* find(const SetCookie& cookie);
  Entry* place();
  void keep(const SetCookie& cookie, const UrlReference& url);
  void set_expiry(Entry* entry, int64_t left_s);
  void on_date(Text value);

  Entry* entries_;
  char* bytes_;
  size_t entry_count_;
  size_t bytes_each_;
  uint32_t created_ = 0;
  uint32_t dropped_ = 0;
  int64_t clock_s_ = 1;  // what poll() has counted
  uint32_t polled_ms_ = 0;
  uint32_t rest_ms_ = 0;  // less than a second
  bool polled_ = false;
  WebSocket socket_;  // of the answer that is read
  bool has_date_ = false;
  int64_t date_s_ = 0;  // its Date
};

// kCookies cookies, each with at most kBytes of name, value, domain and path together.
template <size_t kCookies, size_t kBytes>
struct CookieMemory {
  static_assert(kCookies > 0 && kBytes > 0 && kBytes <= 0xFFFF, "at least one cookie, and at most 65,535 bytes each");

  CookieJar::Entry entries[kCookies] = {};  // of the jar
  char bytes[kCookies * kBytes] = {};       // of the jar
};

}  // namespace whit
