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

Request::Request(const Options& options) : command_line_(options) {
  for (const std::string& each : options.cookies) {
    const size_t equals = each.find('=');
    cookies_.push_back({as_text(each).first(equals), as_text(each).from(equals + 1)});
  }
  for (const std::string& each : options.protocols) protocols_.push_back(as_text(each));
  options_.request = this;
  options_.url = as_text(options.url);
  options_.origin = as_text(options.origin);
  options_.request_fields = write_fields;
  options_.protocols = protocols_.data();
  options_.protocol_count = protocols_.size();
  options_.require_protocol = options.require_protocol;
  set_times(options, &options_);
}

void Request::write_fields(const whit::ClientOptions& client_options, whit::FieldWriter out) {
  const Request& request = *static_cast<const Written&>(client_options).request;
  const Options& options = request.command_line_;
  for (const std::string& each : options.headers) {
    const size_t colon = each.find(':');
    out.put({each.data(), colon}, {each.data() + colon + 2, each.size() - colon - 2});
  }
  if (!options.auth.empty()) {
    const whit::Text credentials = as_text(options.auth);
    const size_t colon = options.auth.find(':');
    whit::put_basic(out, credentials.first(colon), whit::as_bytes(credentials.from(colon + 1)));
  }
  request.jar_.put(client_options, out, request.cookies_.data(), request.cookies_.size());
}

void Request::write_foreign_fields(const whit::ClientOptions& options, whit::FieldWriter out) {
  static_cast<const Written&>(options).request->jar_.put(options, out);
}

}  // namespace whitcat
