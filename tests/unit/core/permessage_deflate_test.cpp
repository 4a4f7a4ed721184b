// SPDX-License-Identifier: MIT
// The negotiation: RFC 7692, 5 and 7.1.
#include "whit/permessage_deflate.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/core/deflate_bench.h"

namespace whit {
namespace {

const std::string kName = "permessage-deflate";
const std::string kServerForgets = "; server_no_context_takeover";
const std::string kClientForgets = "; client_no_context_takeover";

// What a server answers to the lines of a request.
template <class AnyBench>
std::string answer_of(const std::string& lines) {
  AnyBench bench;
  bench.listen();
  TestPeer& pipe = bench.pipe.dial(80);
  pipe.send(request(lines));
  bench.settle();
  EXPECT_EQ(pipe.received().substr(0, 13), "HTTP/1.1 101 ") << lines;
  const std::string answer = AnyBench::extensions_of(pipe.received());
  pipe.reset();
  bench.settle();
  bench.expect_baseline(lines);
  return answer;
}

// Whether a client opens with this answer, one field of which each line is.
template <class AnyBench>
bool accepts(const std::string& lines) {
  AnyBench bench;
  EXPECT_EQ(bench.client.connect(bench.client_options), Status::kOk);
  bench.settle();
  TestPeer& pipe = bench.pipe.answered(0);
  std::string response = response_to(pipe.received());
  response.insert(response.size() - 2, lines);
  pipe.send(response);
  bench.settle();
  const bool open = bench.count(Event::kOpen) != 0;
  if (!open) {
    EXPECT_EQ(bench.last(Event::kError)->close.cause.code, 101) << lines;
  }
  pipe.reset();
  bench.settle();
  bench.expect_baseline(lines);
  return open;
}

std::string field(const std::string& value) { return "Sec-WebSocket-Extensions: " + value + "\r\n"; }

using Shared = DeflateBench<1, 4, 1024>;
using Small = DeflateBench<1, 4, 1024, 10>;
using Kept = DeflateBench<1, 4, 1024, 15, 1, 1, 1>;
using KeptAlone = DeflateBench<1, 4, 1024, 15, 0, 1>;

TEST(PermessageDeflate, AServerAnswersWhatItsMemoryAllows) {
  EXPECT_EQ(answer_of<Shared>(""), "");
  EXPECT_EQ(answer_of<Shared>(field(kName)), kName + kServerForgets + kClientForgets);
  EXPECT_EQ(answer_of<Shared>(field(kName + "; client_max_window_bits")), kName + kServerForgets + kClientForgets);
  EXPECT_EQ(answer_of<Shared>(field(kName + "; server_max_window_bits=9")),
            kName + kServerForgets + kClientForgets + "; server_max_window_bits=9");
  EXPECT_EQ(answer_of<Kept>(field(kName)), kName);
  EXPECT_EQ(answer_of<Kept>(field(kName + kClientForgets)), kName + kClientForgets);
  EXPECT_EQ(answer_of<Kept>(field(kName + kServerForgets)), kName + kServerForgets);
  EXPECT_EQ(answer_of<KeptAlone>(field(kName)), kName + kServerForgets);
  EXPECT_EQ(answer_of<KeptAlone>(field(kName + kClientForgets)), kName + kServerForgets + kClientForgets);
}

TEST(PermessageDeflate, AServerWithASmallWindowTellsTheClient) {
  EXPECT_EQ(answer_of<Small>(field(kName)), "");  // it cannot be told
  const std::string both = kName + kServerForgets + kClientForgets;
  EXPECT_EQ(answer_of<Small>(field(kName + "; client_max_window_bits")), both + "; client_max_window_bits=10");
  EXPECT_EQ(answer_of<Small>(field(kName + "; client_max_window_bits=15")), both + "; client_max_window_bits=10");
  EXPECT_EQ(answer_of<Small>(field(kName + "; client_max_window_bits=9")), both + "; client_max_window_bits=9");
  EXPECT_EQ(answer_of<Small>(field(kName + ", " + kName + "; client_max_window_bits")),
            both + "; client_max_window_bits=10");
}

TEST(PermessageDeflate, AnAnswerLargerThanABufferLeavesInParts) {
  DeflateBench<1, 4, 256, 8> bench;
  const std::string protocol(80, 'p');
  const Text protocols[] = {Text(protocol.data(), protocol.size())};
  bench.server_options.protocols = protocols;
  bench.server_options.protocol_count = 1;
  bench.listen();
  TestPeer& pipe = bench.pipe.dial(80);
  pipe.send(request("Sec-WebSocket-Protocol: " + protocol + "\r\n" +
                    field(kName + "; client_max_window_bits; server_max_window_bits=10")));
  bench.settle();
  EXPECT_GT(pipe.received().size(), 256u);
  EXPECT_EQ(pipe.received().substr(pipe.received().size() - 4), "\r\n\r\n");
  EXPECT_EQ(bench.extensions_of(pipe.received()),
            kName + kServerForgets + kClientForgets + "; server_max_window_bits=10; client_max_window_bits=8");
  pipe.send(peer_frame(Role::kServer, kTextFrame | kRsv1, hello()));
  bench.settle();
  EXPECT_EQ(bench.messages(), "Hello|");
}

TEST(PermessageDeflate, AnOfferThatIsIllegalIsPassedOver) {
  const std::string both = kServerForgets + kClientForgets;
  for (const char* each :
       {"; unknown", "; unknown=1", "; server_no_context_takeover=1",
        "; server_no_context_takeover; server_no_context_takeover", "; server_max_window_bits",
        "; server_max_window_bits=7", "; server_max_window_bits=16", "; server_max_window_bits=08",
        "; server_max_window_bits=1x", "; server_max_window_bits=-9", "; server_max_window_bits=010",
        "; server_max_window_bits=256", "; server_max_window_bits=8; server_max_window_bits=8",
        "; client_max_window_bits; client_max_window_bits", "; client_max_window_bits=7", "; client_max_window_bits=0",
        "; client_max_window_bits=99999999999999999999", "; client_no_context_takeover=true"}) {
    EXPECT_EQ(answer_of<Shared>(field(kName + each)), "") << each;
    EXPECT_EQ(answer_of<Shared>(field(kName + each + ", x-other; a=b, " + kName)), kName + both) << each;
    EXPECT_EQ(answer_of<Shared>(field(kName + each) + field(kName)), kName + both) << each;
  }
  EXPECT_EQ(answer_of<Shared>(field("x-webkit-deflate-frame, mux; a=\"b\"")), "");
}

TEST(PermessageDeflate, TheFirstOfferThatCanBeAcceptedIs) {
  EXPECT_EQ(answer_of<Shared>(field(kName + "; server_max_window_bits=\"1\\0\" , " + kName)),
            kName + kServerForgets + kClientForgets + "; server_max_window_bits=10");
  EXPECT_EQ(answer_of<Shared>(field("PerMessage-Deflate;Server_Max_Window_Bits = 8")),
            kName + kServerForgets + kClientForgets + "; server_max_window_bits=8");
}

TEST(PermessageDeflate, AnOfferThatNoLayerIsLeftForIsAnsweredWithoutTheExtension) {
  Bench<3, 6, 1024> bench;
  DeflateMemory<2> memory;
  PermessageDeflate compression{memory};
  bench.server_options.compression = &compression;
  bench.listen();
  TestPeer* pipes[3];
  for (TestPeer*& each : pipes) {
    each = &bench.pipe.dial(80);
    each->send(request(field(kName)));
    bench.settle();
  }
  EXPECT_NE(Shared::extensions_of(pipes[1]->received()), "");
  EXPECT_EQ(Shared::extensions_of(pipes[2]->received()), "");
  pipes[0]->reset();
  pipes[2]->reset();
  bench.settle();
  TestPeer& next = bench.pipe.dial(80);
  next.send(request(field(kName)));
  bench.settle();
  EXPECT_NE(Shared::extensions_of(next.received()), "");  // the layer of one that ended
}

TEST(PermessageDeflate, TheClientOffersWhatItsMemoryAllows) {
  Shared shared;
  (void)shared.open(Role::kClient, kServerForgets);
  EXPECT_EQ(shared.ours, kName + kServerForgets + kClientForgets + "; client_max_window_bits");
  Small small;
  (void)small.open(Role::kClient, kServerForgets + "; server_max_window_bits=10");
  EXPECT_EQ(small.ours,
            kName + kServerForgets + kClientForgets + "; server_max_window_bits=10; client_max_window_bits");
  Kept kept;
  (void)kept.open(Role::kClient, "");
  EXPECT_EQ(kept.ours, kName + "; client_max_window_bits");
}

// R-PMD-1
TEST(PermessageDeflate, AnAnswerThatBreaksTheBoundFailsTheHandshake) {
  EXPECT_TRUE(accepts<Shared>(""));  // the server has no such extension
  EXPECT_TRUE(accepts<Shared>(field(kName + kServerForgets)));
  EXPECT_TRUE(accepts<Shared>(
      field(kName + kServerForgets + kClientForgets + "; client_max_window_bits=8; server_max_window_bits=9")));
  EXPECT_FALSE(accepts<Shared>(field(kName)));  // tornado
  EXPECT_TRUE(accepts<Kept>(field(kName)));
  EXPECT_TRUE(accepts<Kept>(field(kName + kServerForgets)));
  EXPECT_TRUE(accepts<KeptAlone>(field(kName + kServerForgets)));
  EXPECT_FALSE(accepts<Small>(field(kName + kServerForgets)));
  EXPECT_FALSE(accepts<Small>(field(kName + kServerForgets + "; server_max_window_bits=11")));
  EXPECT_TRUE(accepts<Small>(field(kName + kServerForgets + "; server_max_window_bits=8")));
  for (const char* each : {"; unknown", "; client_max_window_bits", "; client_max_window_bits=16",
                           "; client_no_context_takeover=1", "; server_no_context_takeover"}) {
    EXPECT_FALSE(accepts<Kept>(field(kName + kServerForgets + each))) << each;
  }
  EXPECT_FALSE(accepts<Kept>(field(kName + ", " + kName)));
  EXPECT_FALSE(accepts<Kept>(field(kName) + field(kName)));
  EXPECT_FALSE(accepts<Kept>(field("x-other, " + kName)));
  EXPECT_FALSE(accepts<Kept>(field(kName + ", x-other")));
  EXPECT_FALSE(accepts<Kept>(field("x-other")));
  EXPECT_FALSE(accepts<Kept>(field("")));
}

// Without an offer any answer is refused, as before.
TEST(PermessageDeflate, AClientWithoutALayerOffersNothing) {
  Bench<2, 6, 1024> bench;
  DeflateMemory<1> memory;
  PermessageDeflate compression{memory};
  bench.client_options.compression = &compression;
  Client second{bench.loop};
  EXPECT_EQ(bench.client.connect(bench.client_options), Status::kOk);
  EXPECT_EQ(second.connect(bench.client_options), Status::kOk);
  bench.settle();
  EXPECT_NE(Shared::extensions_of(bench.pipe.answered(0).received()), "");
  EXPECT_EQ(Shared::extensions_of(bench.pipe.answered(1).received()), "");
  std::string response = response_to(bench.pipe.answered(1).received());
  response.insert(response.size() - 2, field(kName + kServerForgets));
  bench.pipe.answered(1).send(response);
  bench.settle();
  EXPECT_EQ(bench.count(Event::kOpen), 0u);
}

// A handle of HTTP has its own negotiation for each request (generation).
TEST(PermessageDeflate, WhatARequestBeforeHasOfferedDoesNotCount) {
  Bench<1, 4, 1024> bench;
  DeflateMemory<2> memory;
  PermessageDeflate compression{memory};
  bench.server_options.compression = &compression;
  static const HttpOptions http;
  bench.server_options.http = &http;
  bench.listen();
  TestPeer& pipe = bench.pipe.dial(80);
  pipe.send("GET /page HTTP/1.1\r\nHost: a\r\n" + field(kName) + "\r\n");
  bench.settle();
  EXPECT_EQ(pipe.take().substr(0, 13), "HTTP/1.1 404 ");
  pipe.send(request());
  bench.settle();
  EXPECT_EQ(Shared::extensions_of(pipe.received()), "");
  EXPECT_EQ(pipe.take().substr(0, 13), "HTTP/1.1 101 ");
  pipe.send(peer_frame(Role::kServer, kTextFrame | kRsv1, hello()));
  bench.settle();
  EXPECT_EQ(bench.last(Event::kError)->close.cause.code, 1002);
}

TEST(PermessageDeflate, AReviewedRequestHasItToo) {
  Bench<1, 4, 1024> bench;
  DeflateMemory<2> memory;
  PermessageDeflate compression{memory};
  bench.server_options.compression = &compression;
  bench.server_options.on_request = &keep_request_fields;
  bench.app = [](const Event& event) {
    if (event.type != Event::kRequest) return;
    EXPECT_EQ(event.socket.accept({}, "Set-Cookie: a=b\r\n"), Status::kOk);
  };
  bench.listen();
  TestPeer& pipe = bench.pipe.dial(80);
  pipe.send(request(field(kName)));
  bench.settle();
  EXPECT_EQ(Shared::extensions_of(pipe.received()), kName + kServerForgets + kClientForgets);
  EXPECT_NE(pipe.take().find("Set-Cookie"), std::string::npos);
  pipe.send(peer_frame(Role::kServer, kTextFrame | kRsv1, hello()));
  bench.settle();
  EXPECT_EQ(bench.last(Event::kMessage)->data, "Hello");
}

}  // namespace
}  // namespace whit
