// SPDX-License-Identifier: MIT
#include "request.h"

#include "whit/credentials.h"
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
  for (const std::string& each : options.protocols) protocols_.push_back(as_text(each));
  options_.command_line = &options;
  options_.url = as_text(options.url);
  options_.origin = as_text(options.origin);
  options_.request_fields = write_fields;
  options_.protocols = protocols_.data();
  options_.protocol_count = protocols_.size();
  options_.require_protocol = options.require_protocol;
  set_times(options, &options_);
}

void Request::write_fields(const whit::ClientOptions& client_options, whit::FieldWriter out) {
  const Options& options = *static_cast<const Written&>(client_options).command_line;
  for (const std::string& each : options.headers) {
    const size_t colon = each.find(':');
    out.put({each.data(), colon}, {each.data() + colon + 2, each.size() - colon - 2});
  }
  if (!options.auth.empty()) {
    const whit::Text credentials = as_text(options.auth);
    const size_t colon = options.auth.find(':');
    whit::put_basic(out, credentials.first(colon), whit::as_bytes(credentials.from(colon + 1)));
  }
  if (!options.cookies.empty()) out.begin("Cookie");
  for (const std::string& each : options.cookies) {
    if (&each != &options.cookies.front()) out.add("; ");
    out.add(as_text(each));
  }
}

}  // namespace whitcat
