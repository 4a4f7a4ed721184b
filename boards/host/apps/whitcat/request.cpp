// SPDX-License-Identifier: MIT
#include "request.h"

#include "json.h"
#include "whit/vocabulary.h"

namespace whitcat {

using whit::Deadline;

namespace {

uint32_t milliseconds(double seconds) { return static_cast<uint32_t>(seconds * 1000 + 0.5); }

}  // namespace

void set_times(const Options& options, whit::ConnectionOptions* out) {
  if (options.ping_s >= 0) out->timeouts_ms[Deadline::kKeepaliveInterval] = milliseconds(options.ping_s);
  if (options.timeout_s <= 0) return;
  for (const Deadline each : {Deadline::kResolve, Deadline::kConnect, Deadline::kSecure, Deadline::kHead,
                              Deadline::kKeepaliveAnswer, Deadline::kClose}) {
    out->timeouts_ms[each] = milliseconds(options.timeout_s);
  }
}

Request::Request(const Options& options) {
  for (const std::string& each : options.headers) headers_ += each + "\r\n";
  if (!options.auth.empty()) headers_ += "Authorization: Basic " + to_base64(options.auth) + "\r\n";
  std::string cookies;
  for (const std::string& each : options.cookies) cookies += (cookies.empty() ? "" : "; ") + each;
  if (!cookies.empty()) headers_ += "Cookie: " + cookies + "\r\n";
  for (const std::string& each : options.protocols) protocols_.push_back(as_text(each));
  options_.url = as_text(options.url);
  options_.origin = as_text(options.origin);
  options_.headers = as_text(headers_);
  options_.protocols = protocols_.data();
  options_.protocol_count = protocols_.size();
  set_times(options, &options_);
}

}  // namespace whitcat
