// SPDX-License-Identifier: MIT
// HTTP on the port of a server: pages, answers of the application, the bodies of forms and firmware. RFC 9110, RFC
// 9112. Not a general web server: what a device needs to show the page that then speaks WebSocket.
//
//   static const whit::HttpOptions http{pages, page_count};  // "whit_pages.h", which whit_add_pages(TARGET FOLDER)
//   makes options.http = &http;                                    // nullptr: what is no opening handshake gets 426
//
// A GET or HEAD whose path, without its query, is exactly that of a page is answered with it: 200, or 304 when the
// request has its tag (If-None-Match). Else 404. Percent-encodings and dot segments are not resolved, ranges are
// ignored, and a browser that accepts gzip gets that form of a page that has one.
//
// The connection is kept for the next request, up to WHIT_HTTP_REQUESTS of them, which are answered in their order.
// Each has the time of Deadline::kHead to come, counted from the answer before; the answer leaves under
// Deadline::kWrite, one buffer at a time. One that asks for nothing more in that time is reset. An opening handshake
// may follow. Until then the connection counts as one that is opening (WHIT_HANDSHAKES): while places are wanted it
// gives way when it has been silent for WHIT_SILENT_GRACE_MS, idle or not.
//
// What could be read as two requests is refused, and after each answer that leaves bytes of a request unread the
// connection ends: 400 (malformed, or a GET with a body), 405 (another method), 411, 413, 414, 417, 426 (a handshake
// that is not valid here), 431, 501, 503, 505.
//
// With ServerOptions::on_request the application is asked first. It lets a request have its page by accept(), refuses
// it by reject(), or answers it itself:
//
//   if (event.type == whit::Event::kRequest) {
//     whit::Request request;
//     whit::Response response;
//     response.body = "uptime_seconds 42\n";
//     if (event.socket.request(&request) && request.target == "/metrics") {
//       (void)event.socket.respond(response);
//     } else {
//       (void)event.socket.accept();  // a page, a WebSocket, or the body of a POST
//     }
//   }
//
// A POST is shown only with HttpOptions::post = &whit::receive_bodies. After accept() its body comes in kBody events;
// hold(), consume(), pause() and resume() are called in them as with messages. After the last part, which stays valid
// until then, it is answered by respond() or reject(), at once or later; an answer before the last part ends the
// connection. The deadline of a body begins anew whenever data_min_bytes have come, or half of a buffer while other
// connections lack one.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/options.h"

namespace whit {

// Writes the next part of a body to `room`, and says how many bytes that were: 0 ends it. Called from Loop::poll()
// whenever the peer has taken the part before; `cursor` is 0 at first, and is kept for the application. Of `socket`
// only index() may be called.
using ResponseBody = size_t (*)(WebSocket socket, uint32_t* cursor, MutableBytes room);

// An answer of the application, to WebSocket::respond(), which copies its texts. They may be parts of the request. Head
// and body together have to fit a buffer, in place of the request.
struct Response {
  uint16_t status = 200;                    // 200 to 599; 204 and 304 have no body
  Text type = "text/plain; charset=utf-8";  // Content-Type; empty: none
  Text fields;                     // more fields, each ended by "\r\n", none of the answer's own (Content-Length, ...)
  Text body;                       // all of it, or ...
  ResponseBody produce = nullptr;  // ... a function that writes it, of any size (RFC 9112, 7.1)
};

class Server;
namespace http {
struct Field;
struct Head;
struct HeadWriter;
}  // namespace http

// A file in flash. Texts are written into the answer as they are.
struct Page {
  Text path;           // "/app.js", compared byte by byte
  Text type;           // Content-Type, such as "text/html; charset=utf-8"
  Bytes body;          // as it is
  Bytes gzip;          // compressed (RFC 1952), for peers that take that; empty: there is no such form
  Text tag;            // of the ETag, without quotation marks; that of the compressed form has "-gz" behind it
  Text cache_control;  // Cache-Control, such as "no-cache": the browser asks each time whether it has changed
};

// What HttpOptions::service names. Only &serve_http is one.
struct HttpService {
  void (*begin_answer)(const ServerOptions& options, core::Core* core, session::Connection* connection);
  core::HeadResult (*read_head)(Server* server, session::Connection* connection, Event* event);
  size_t (*write_head)(const ServerOptions& options, const session::Connection& connection, http::HeadWriter* head);
};
extern const HttpService serve_http;

// What HttpOptions::post names. Only &receive_bodies is one. A POST without Content-Length is refused with 411, with
// Transfer-Encoding with 501, with both 400, with more than HttpOptions::max_body_bytes with 413.
struct BodyReceiver {
  // True: the field is about the body; with the status to refuse the request with, or 0.
  bool (*read_field)(http::Head* head, const http::Field& field, uint16_t* refusal);
  uint16_t (*check)(const ServerOptions& options, const http::Head& head);
  void (*begin)(core::Core* core, session::Connection* connection);
  core::HeadResult (*read)(core::Core* core, session::Connection* connection, Event* event);
};
extern const BodyReceiver receive_bodies;

// For ServerOptions::http, read and never copied as those are.
struct HttpOptions {
  const Page* pages = nullptr;  // static pages
  uint16_t page_count = 0;
  // With ServerOptions::on_request: &receive_bodies, so that an application is asked about POST, too, and gets its
  // body.
  const BodyReceiver* post = nullptr;
  uint32_t max_body_bytes = config::kMaxBodyBytes;  // of a POST, else 413; 0: no limit below 4 GiB
  const HttpService* service = &serve_http;
};

}  // namespace whit
