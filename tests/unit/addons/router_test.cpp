// SPDX-License-Identifier: MIT
// R-HS-5: endpoints of one server, by path.
#include "whit/router.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/core/bench.h"
#include "whit/dispatch.h"
#include "whit/http_service.h"
#include "whit/require_protocol.h"

namespace whit {
namespace {

std::string log_;  // of all handlers
void on_a(const Event& event) { log_ += "a" + std::to_string(event.type) + " "; }
void on_below(const Event& event) { log_ += "below" + std::to_string(event.type) + " "; }
void on_deep(const Event&) { log_ += "deep "; }
void on_exact(const Event&) { log_ += "exact "; }

struct Handler {
  void on_open(WebSocket) { log_ += "open "; }
  void on_message(WebSocket, const Message& message) { log_ += copy_of(message.data) + " "; }
  void on_close(WebSocket, const Close& close) { log_ += std::to_string(close.code) + " "; }
  void on_error(WebSocket, const Cause&) { log_ += "error "; }
};
Handler handler;

bool closed(WebSocket socket, const Request& request) {
  log_ += "guard:" + std::string(request.target.data, request.target.size) + " ";
  if (request.authorization == "Basic dTpw") return true;
  EXPECT_EQ(socket.reject(401), Status::kOk);
  return false;
}

WebSocket asked;  // of a guard that answers later
bool later(WebSocket socket, const Request&) {
  asked = socket;
  return false;
}

void answer(WebSocket socket, const Request& request) {
  log_ += "request:" + std::string(request.target.data, request.target.size) + " ";
  Response response;
  response.body = "answered";
  EXPECT_EQ(socket.respond(response), Status::kOk);
}
void take_body(WebSocket socket, const Request&) { EXPECT_EQ(socket.accept(), Status::kOk); }
void on_body(const Event& event) {
  log_ += "body:" + copy_of(event.message.data) + " ";
  Response response;
  response.body = "taken";
  if (!event.message.last) return;
  EXPECT_EQ(event.socket.respond(response), Status::kOk);
}

constexpr uint8_t kBody[] = {'p', 'a', 'g', 'e'};
constexpr Page kPages[] = {
    {"/a", "text/plain", {kBody, 4}, {}, "1", "no-cache"},
    {"/guarded", "text/plain", {kBody, 4}, {}, "1", "no-cache"},
    {"/page", "text/plain", {kBody, 4}, {}, "1", "no-cache"},
};

constexpr Text kProtocols[] = {"v2", "v1", "other"};
const Route kRoutes[] = {
    {"/b/*", &on_below},
    {"/a", &on_a},
    {"/star*", &on_a},
    {"/b/c/*", &on_deep},
    {"/b/c/d", &on_exact},
    {"/handlers", &dispatch_to<handler>},
    {"/guarded", &on_a, &closed},
    {"/later", &on_a, &later},
    {"/answer", nullptr, nullptr, &answer},
    {"/answer/guarded", nullptr, &closed, &answer},
    {"/body", nullptr, nullptr, &take_body, &on_body},
    {"/protocols", &on_a, nullptr, nullptr, nullptr, kProtocols, 2},
    {"/required", &on_a, nullptr, nullptr, nullptr, kProtocols, 1, &require_protocol},
};

struct RouterBench : Bench<2, 4, 512> {
  RouterBench() {
    log_.clear();
    server_options.on_request = &keep_request_fields;
    server_options.protocols = kProtocols;
    server_options.protocol_count = 3;
    server_options.http = &serve_http;
    server_options.post = &receive_bodies;
    server_options.pages = kPages;
    server_options.page_count = 3;
    app = [this](const Event& event) { handled = router.on_event(event); };
    listen();
  }
  // The first line of the answer, and the subprotocol in it.
  std::string get(const std::string& target, const std::string& fields = "") {
    std::string text = request(fields);
    text.replace(4, 5, target);
    peer = &pipe.dial(80);
    peer->send(text);
    settle();
    const std::string answer = peer->take();
    if (answer.empty()) return "none";
    if (answer.substr(9, 3) != "101") peer->close();
    settle();
    const size_t protocol = answer.find("Sec-WebSocket-Protocol: ");
    return answer.substr(9, 3) +
           (protocol != std::string::npos
                ? " " + answer.substr(protocol + 24, answer.find("\r\n", protocol) - protocol - 24)
                : "");
  }
  // The status of the answer to a request that is no handshake, and its body.
  std::string ask(const std::string& first, const std::string& rest = "\r\n") {
    peer = &pipe.dial(80);
    peer->send(first + " HTTP/1.1\r\nHost: server.example\r\nConnection: close\r\n" + rest);
    settle();
    const std::string answer = peer->take();
    if (answer.empty()) return "none";
    peer->close();
    settle();
    return answer.substr(9, 3) + " " + answer.substr(answer.find("\r\n\r\n") + 4);
  }
  void end() {
    if (const Seen* open = last(Event::kOpen)) open->socket.abort();
    settle();
    log_.clear();
  }
  Router<4> router{kRoutes};
  TestPeer* peer = nullptr;
  bool handled = false;
};

TEST(Router, EachPathHasItsHandler) {
  RouterBench bench;
  const std::string open = std::to_string(Event::kOpen) + " ";
  const struct {
    const char* target;
    std::string events;
  } cases[] = {
      {"/a", "a" + open},       {"/a?b=/b/c", "a" + open}, {"/b/", "below" + open}, {"/b/x/y/z?q", "below" + open},
      {"/b/c", "below" + open}, {"/b/c/", "deep "},        {"/b/c/x", "deep "},     {"/b/c/d", "exact "},
      {"/b/c/d?x", "exact "},   {"/b/c/d/", "deep "},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(bench.get(each.target), "101") << each.target;
    EXPECT_EQ(log_, each.events) << each.target;
    EXPECT_TRUE(bench.handled);
    bench.end();
  }
}

TEST(Router, AnUnknownPathGets404) {
  RouterBench bench;
  for (const char* target :
       {"/", "/A", "/a/", "/ab", "/b", "/bx", "/x/a", "/%61", "/x/../a", "//a", "/b%2Fc", "/starry"}) {
    EXPECT_EQ(bench.get(target), "404") << target;
    EXPECT_TRUE(bench.handled);
  }
  EXPECT_EQ(log_, "");
  EXPECT_EQ(bench.count(Event::kOpen), 0u);
}

TEST(Router, TheFourHandlers) {
  RouterBench bench;
  EXPECT_EQ(bench.get("/handlers"), "101");
  bench.peer->send(peer_frame(Role::kServer, kTextFrame, "hello", true));
  bench.settle();
  bench.peer->send(peer_close(Role::kServer, 1001));
  bench.settle();
  EXPECT_EQ(log_, "open hello 1001 ");
}

TEST(Router, AGuardStandsBeforeItsRouteAlone) {
  RouterBench bench;
  EXPECT_EQ(bench.get("/guarded?x"), "401");
  EXPECT_EQ(log_, "guard:/guarded?x ");
  log_.clear();
  EXPECT_EQ(bench.get("/guarded", "Authorization: Basic dTpw\r\n"), "101");
  EXPECT_EQ(log_, "guard:/guarded a" + std::to_string(Event::kOpen) + " ");
  bench.end();
  EXPECT_EQ(bench.get("/a"), "101");
  EXPECT_EQ(log_.find("guard"), std::string::npos);
}

TEST(Router, AGuardMayAnswerLater) {
  RouterBench bench;
  EXPECT_EQ(bench.get("/later"), "none");
  EXPECT_EQ(asked.accept(), Status::kOk);
  bench.settle();
  EXPECT_EQ(bench.peer->take().substr(0, 13), "HTTP/1.1 101 ");
  EXPECT_EQ(log_, "a" + std::to_string(Event::kOpen) + " ") << "its route is that of the request";
}

TEST(Router, EachRouteHasItsSubprotocols) {
  RouterBench bench;
  EXPECT_EQ(bench.get("/protocols", "Sec-WebSocket-Protocol: v1, v2\r\n"), "101 v2") << "its order counts";
  bench.end();
  EXPECT_EQ(bench.get("/protocols", "Sec-WebSocket-Protocol: other, v1\r\n"), "101 v1");
  bench.end();
  EXPECT_EQ(bench.get("/protocols", "Sec-WebSocket-Protocol: other\r\n"), "101") << "one of another route";
  bench.end();
  EXPECT_EQ(bench.get("/a", "Sec-WebSocket-Protocol: v1\r\n"), "101");
  bench.end();
  EXPECT_EQ(bench.get("/required", "Sec-WebSocket-Protocol: v1\r\n"), "400");
  EXPECT_EQ(bench.get("/required"), "400");
  EXPECT_EQ(bench.get("/required", "Sec-WebSocket-Protocol: v1, v2\r\n"), "101 v2");
}

TEST(Router, APageComesByItself) {
  RouterBench bench;
  EXPECT_EQ(bench.ask("GET /page?x"), "200 page") << "without a route";
  EXPECT_EQ(bench.ask("GET /a"), "200 page") << "beside the WebSockets of that path";
  EXPECT_EQ(bench.ask("GET /nothing").substr(0, 3), "404");
  EXPECT_EQ(bench.ask("GET /later"), "none");
  EXPECT_EQ(asked.accept(), Status::kOk);
  bench.settle();
  EXPECT_EQ(bench.peer->take().substr(0, 13), "HTTP/1.1 404 ") << "a guard of a page may take its time, too";
  bench.peer->close();
  bench.settle();
  EXPECT_EQ(bench.get("/page"), "404") << "no WebSocket";
  EXPECT_EQ(log_, "");
  EXPECT_EQ(bench.count(Event::kOpen), 0u);
}

TEST(Router, AGuardStandsBeforePagesToo) {
  RouterBench bench;
  EXPECT_EQ(bench.ask("GET /guarded").substr(0, 3), "401");
  EXPECT_EQ(bench.ask("HEAD /guarded").substr(0, 3), "401");
  EXPECT_EQ(bench.ask("GET /guarded", "Authorization: Basic dTpw\r\n\r\n"), "200 page");
  EXPECT_EQ(bench.ask("POST /guarded", "Content-Length: 1\r\n\r\nx").substr(0, 3), "401");
  EXPECT_EQ(bench.ask("GET /answer/guarded").substr(0, 3), "401");
  EXPECT_EQ(log_.find("request"), std::string::npos) << log_;
}

TEST(Router, ARouteAnswersRequests) {
  RouterBench bench;
  EXPECT_EQ(bench.ask("GET /answer?x"), "200 answered");
  EXPECT_EQ(log_, "request:/answer?x ");
  EXPECT_EQ(bench.get("/answer"), "404") << "no WebSocket";
}

TEST(Router, ABodyGoesToItsRoute) {
  RouterBench bench;
  EXPECT_EQ(bench.ask("POST /body", "Content-Length: 4\r\n\r\nword"), "200 taken");
  EXPECT_EQ(log_, "body:word ");
  for (const char* first : {"POST /a", "POST /page", "POST /nothing"}) {
    EXPECT_EQ(bench.ask(first, "Content-Length: 4\r\n\r\nword").substr(0, 3), "405") << first;
  }
}

TEST(Router, AConnectionHasTheRouteOfItsOwnRequest) {
  RouterBench bench;
  EXPECT_EQ(bench.get("/guarded"), "401");
  const WebSocket refused = bench.last(Event::kRequest)->socket;
  EXPECT_NE(bench.router.route_of(refused), nullptr);
  WebSocket client;
  for (int i = 0; i < 4 && (i == 0 || client.index() != refused.index()); ++i) {
    client.abort();
    bench.settle();
    ASSERT_EQ(bench.client.connect(bench.client_options), Status::kOk);
    client = bench.client.socket();
  }
  ASSERT_EQ(client.index(), refused.index()) << "the client took the slot of a request that was refused";
  EXPECT_EQ(bench.router.route_of(client), nullptr);
  log_.clear();
  client.abort();
  bench.settle();
  EXPECT_EQ(bench.count(Event::kClose, client), 1u);
  EXPECT_FALSE(bench.handled);
  EXPECT_EQ(log_, "");
  EXPECT_EQ(bench.router.route_of(WebSocket()), nullptr);
  EXPECT_EQ(bench.get("/b/c/d"), "101");
  const Route* route = bench.router.route_of(bench.last(Event::kOpen)->socket);
  ASSERT_NE(route, nullptr);
  EXPECT_EQ(route->path, Text("/b/c/d"));
}

}  // namespace
}  // namespace whit
