// SPDX-License-Identifier: MIT
// sent_fields(): the fields that a function of the application has added to a request, as the server gets them.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "unit/core/bench.h"
#include "whit/field_writer.h"

namespace whit {

struct SentFields : ClientOptions {
  std::function<void(FieldWriter)> write;
};

// Each with its "\r\n"; "refused": connect() said kInvalidArgument.
inline std::string sent_fields(std::function<void(FieldWriter)> write, Text url = "ws://server.example/") {
  Bench<1, 2, 256> bench;
  SentFields options;
  options.url = url;
  options.write = std::move(write);
  options.request_fields = [](const ClientOptions& given, FieldWriter out) {
    static_cast<const SentFields&>(given).write(out);
  };
  if (bench.client.connect(options) != Status::kOk) return "refused";
  bench.settle();
  const std::string received = bench.pipe.answered(0).received();
  bench.client.socket().abort();
  bench.settle();
  const size_t begin = received.find("Sec-WebSocket-Key: ") + 19 + 24 + 2;
  return received.substr(begin, received.size() - 2 - begin);
}

}  // namespace whit
