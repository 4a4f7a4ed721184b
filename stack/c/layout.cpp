// SPDX-License-Identifier: MIT
// No code: proves that the structures and the numbers of whit.h are those of C++. Where an assertion fails on a new
// machine or after a change, whit.h is what has to follow.
#include <stddef.h>

#include "whit.h"
#include "whit/check_url.h"
#include "whit/client.h"
#include "whit/event.h"
#include "whit/field_writer.h"
#include "whit/http_service.h"
#include "whit/loop.h"
#include "whit/options.h"
#include "whit/server.h"
#include "whit/vocabulary.h"

// GCC and Clang lay out a class with a base as any other, but warn that the language does not promise it.
#pragma GCC diagnostic ignored "-Winvalid-offsetof"

namespace whit {
namespace {

// The same memory, moved by the same copies.
template <typename C, typename Cpp>
constexpr bool is_same() {
  return sizeof(C) == sizeof(Cpp) && alignof(C) == alignof(Cpp) && __is_trivially_copyable(Cpp);
}
// As much memory, in which an object of C++ is made.
template <typename C, typename Cpp>
constexpr bool has_room_for() {
  return sizeof(C) == sizeof(Cpp) && alignof(C) >= alignof(Cpp);
}
template <typename Cpp>
constexpr bool is(int number, Cpp value) {
  return sizeof(Cpp) == 1 && number == static_cast<int>(value);
}

// ---- structures ----

static_assert(sizeof(bool) == 1, "in C, too");
static_assert(is_same<whit_bytes, Bytes>() && is_same<whit_mutable_bytes, MutableBytes>() && is_same<whit_text, Text>(),
              "views");
static_assert(is_same<whit_address, Address>() && is_same<whit_usage, Usage>() && is_same<whit_socket, WebSocket>(),
              "values");
static_assert(is_same<whit_cause, Cause>() && is_same<whit_field_writer, FieldWriter>() &&
                  is_same<whit_url_problem, UrlProblem>() && is_same<whit_timeouts, Timeouts>(),
              "values");
static_assert(offsetof(whit_bytes, size) == offsetof(Bytes, size), "Bytes");
static_assert(offsetof(whit_mutable_bytes, size) == offsetof(MutableBytes, size), "MutableBytes");
static_assert(offsetof(whit_text, size) == offsetof(Text, size), "Text");
static_assert(offsetof(whit_address, size) == offsetof(Address, size), "Address");
static_assert(offsetof(whit_address, port) == offsetof(Address, port), "Address");
static_assert(offsetof(whit_usage, high_water) == offsetof(Usage, high_water), "Usage");
static_assert(offsetof(whit_usage, refused) == offsetof(Usage, refused), "Usage");
static_assert(offsetof(whit_cause, where) == offsetof(Cause, where), "Cause");
static_assert(offsetof(whit_cause, code) == offsetof(Cause, code), "Cause");

static_assert(is_same<whit_message, Message>(), "Message");
static_assert(offsetof(whit_message, offset) == offsetof(Message, offset), "Message");
static_assert(offsetof(whit_message, type) == offsetof(Message, type), "Message");
static_assert(offsetof(whit_message, first) == offsetof(Message, first), "Message");
static_assert(offsetof(whit_message, last) == offsetof(Message, last), "Message");

static_assert(is_same<whit_close, Close>(), "Close");
static_assert(offsetof(whit_close, was_clean) == offsetof(Close, was_clean), "Close");
static_assert(offsetof(whit_close, cause) == offsetof(Close, cause), "Close");
static_assert(offsetof(whit_close, reason) == offsetof(Close, reason), "Close");
static_assert(offsetof(whit_close, memory_peak) == offsetof(Close, memory_peak), "Close");

static_assert(is_same<whit_request, Request>(), "Request");
static_assert(offsetof(whit_request, upgrade) == offsetof(Request, upgrade), "Request");
static_assert(offsetof(whit_request, content_length) == offsetof(Request, content_length), "Request");
static_assert(offsetof(whit_request, content_type) == offsetof(Request, content_type), "Request");
static_assert(offsetof(whit_request, target) == offsetof(Request, target), "Request");
static_assert(offsetof(whit_request, host) == offsetof(Request, host), "Request");
static_assert(offsetof(whit_request, origin) == offsetof(Request, origin), "Request");
static_assert(offsetof(whit_request, protocols) == offsetof(Request, protocols), "Request");
static_assert(offsetof(whit_request, cookie) == offsetof(Request, cookie), "Request");
static_assert(offsetof(whit_request, authorization) == offsetof(Request, authorization), "Request");

static_assert(is_same<whit_response, Response>(), "Response");
static_assert(offsetof(whit_response, type) == offsetof(Response, type), "Response");
static_assert(offsetof(whit_response, fields) == offsetof(Response, fields), "Response");
static_assert(offsetof(whit_response, body) == offsetof(Response, body), "Response");
static_assert(offsetof(whit_response, produce) == offsetof(Response, produce), "Response");

static_assert(is_same<whit_event, Event>(), "Event");
static_assert(offsetof(whit_event, socket) == offsetof(Event, socket), "Event");
static_assert(offsetof(whit_event, message) == offsetof(Event, message), "Event");
static_assert(offsetof(whit_event, skipped_bytes) == offsetof(Event, skipped_bytes), "Event");
static_assert(offsetof(whit_event, close) == offsetof(Event, close), "Event");

static_assert(is_same<whit_page, Page>(), "Page");
static_assert(offsetof(whit_page, type) == offsetof(Page, type), "Page");
static_assert(offsetof(whit_page, body) == offsetof(Page, body), "Page");
static_assert(offsetof(whit_page, gzip) == offsetof(Page, gzip), "Page");
static_assert(offsetof(whit_page, tag) == offsetof(Page, tag), "Page");
static_assert(offsetof(whit_page, cache_control) == offsetof(Page, cache_control), "Page");

static_assert(is_same<whit_http_options, HttpOptions>(), "HttpOptions");
static_assert(offsetof(whit_http_options, page_count) == offsetof(HttpOptions, page_count), "HttpOptions");
static_assert(offsetof(whit_http_options, post) == offsetof(HttpOptions, post), "HttpOptions");
static_assert(offsetof(whit_http_options, max_body_bytes) == offsetof(HttpOptions, max_body_bytes), "HttpOptions");
static_assert(offsetof(whit_http_options, service) == offsetof(HttpOptions, service), "HttpOptions");

// The time of a deadline is at its place: each is set alone and found by its name.
constexpr bool is_at(size_t offset, Deadline deadline) {
  return offset == (static_cast<size_t>(deadline) - 1) * sizeof(uint32_t);
}
static_assert(is_at(offsetof(whit_timeouts, resolve), Deadline::kResolve), "Timeouts");
static_assert(is_at(offsetof(whit_timeouts, connect), Deadline::kConnect), "Timeouts");
static_assert(is_at(offsetof(whit_timeouts, secure), Deadline::kSecure), "Timeouts");
static_assert(is_at(offsetof(whit_timeouts, head), Deadline::kHead), "Timeouts");
static_assert(is_at(offsetof(whit_timeouts, frame), Deadline::kFrame), "Timeouts");
static_assert(is_at(offsetof(whit_timeouts, data), Deadline::kData), "Timeouts");
static_assert(is_at(offsetof(whit_timeouts, keepalive_interval), Deadline::kKeepaliveInterval), "Timeouts");
static_assert(is_at(offsetof(whit_timeouts, keepalive_answer), Deadline::kKeepaliveAnswer), "Timeouts");
static_assert(is_at(offsetof(whit_timeouts, write), Deadline::kWrite), "Timeouts");
static_assert(is_at(offsetof(whit_timeouts, close), Deadline::kClose), "Timeouts");
static_assert(is_at(offsetof(whit_timeouts, linger), Deadline::kLinger), "Timeouts");

template <typename C, typename Cpp>
constexpr bool has_connection_options() {
  return offsetof(C, timeouts_ms) == offsetof(Cpp, timeouts_ms) &&
         offsetof(C, data_min_bytes) == offsetof(Cpp, data_min_bytes) &&
         offsetof(C, write_min_bytes) == offsetof(Cpp, write_min_bytes) &&
         offsetof(C, max_head_bytes) == offsetof(Cpp, max_head_bytes) &&
         offsetof(C, max_frame_bytes) == offsetof(Cpp, max_frame_bytes) &&
         offsetof(C, max_message_bytes) == offsetof(Cpp, max_message_bytes) &&
         offsetof(C, protocols) == offsetof(Cpp, protocols) &&
         offsetof(C, protocol_count) == offsetof(Cpp, protocol_count) &&
         offsetof(C, long_messages) == offsetof(Cpp, long_messages) &&
         offsetof(C, on_keepalive) == offsetof(Cpp, on_keepalive) &&
         offsetof(C, compression) == offsetof(Cpp, compression);
}

static_assert(is_same<whit_server_options, ServerOptions>(), "ServerOptions");
static_assert(has_connection_options<whit_server_options, ServerOptions>(), "ServerOptions");
static_assert(offsetof(whit_server_options, port) == offsetof(ServerOptions, port), "ServerOptions");
static_assert(offsetof(whit_server_options, max_per_address) == offsetof(ServerOptions, max_per_address),
              "ServerOptions");
static_assert(offsetof(whit_server_options, http) == offsetof(ServerOptions, http), "ServerOptions");
static_assert(offsetof(whit_server_options, address) == offsetof(ServerOptions, address), "ServerOptions");
static_assert(offsetof(whit_server_options, secure) == offsetof(ServerOptions, secure), "ServerOptions");
static_assert(offsetof(whit_server_options, origins) == offsetof(ServerOptions, origins), "ServerOptions");
static_assert(offsetof(whit_server_options, origin_count) == offsetof(ServerOptions, origin_count), "ServerOptions");
static_assert(offsetof(whit_server_options, on_request) == offsetof(ServerOptions, on_request), "ServerOptions");
static_assert(offsetof(whit_server_options, fields) == offsetof(ServerOptions, fields), "ServerOptions");
static_assert(offsetof(whit_server_options, field_count) == offsetof(ServerOptions, field_count), "ServerOptions");
static_assert(offsetof(whit_server_options, on_full) == offsetof(ServerOptions, on_full), "ServerOptions");
static_assert(offsetof(whit_server_options, on_admit) == offsetof(ServerOptions, on_admit), "ServerOptions");

static_assert(is_same<whit_client_options, ClientOptions>(), "ClientOptions");
static_assert(has_connection_options<whit_client_options, ClientOptions>(), "ClientOptions");
static_assert(offsetof(whit_client_options, url) == offsetof(ClientOptions, url), "ClientOptions");
static_assert(offsetof(whit_client_options, origin) == offsetof(ClientOptions, origin), "ClientOptions");
static_assert(offsetof(whit_client_options, headers) == offsetof(ClientOptions, headers), "ClientOptions");
static_assert(offsetof(whit_client_options, request_fields) == offsetof(ClientOptions, request_fields),
              "ClientOptions");
static_assert(offsetof(whit_client_options, on_response_field) == offsetof(ClientOptions, on_response_field),
              "ClientOptions");
static_assert(offsetof(whit_client_options, require_protocol) == offsetof(ClientOptions, require_protocol),
              "ClientOptions");

// ---- objects ----

static_assert(has_room_for<whit_loop, LoopCore>(), "whit_loop");
static_assert(has_room_for<whit_server, Server>(), "whit_server");
static_assert(has_room_for<whit_client, Client>(), "whit_client");
static_assert(has_room_for<whit_connection, session::Connection>(), "whit_connection");
static_assert(core::Core::kQueues == 4, "WHIT_LOOP: the links of each slot");
static_assert(sizeof(session::Buffer<1>) == 8 && alignof(session::Buffer<1>) == 8, "WHIT_LOOP: the buffers");
static_assert(core::kSmallestBuffer == 256, "WHIT_LOOP: the least buffer");
static_assert(WHIT_FOREVER_MS == LoopCore::kForeverMs, "the longest sleep");

using Storage = core::Core::Storage;
static_assert(is_same<whit_loop_memory, Storage>(), "whit_loop_memory");
static_assert(offsetof(whit_loop_memory, links) == offsetof(Storage, links), "whit_loop_memory");
static_assert(offsetof(whit_loop_memory, slots) == offsetof(Storage, slots), "whit_loop_memory");
static_assert(offsetof(whit_loop_memory, max_open) == offsetof(Storage, max_open), "whit_loop_memory");
static_assert(offsetof(whit_loop_memory, buffers) == offsetof(Storage, buffers), "whit_loop_memory");
static_assert(offsetof(whit_loop_memory, buffer_count) == offsetof(Storage, buffer_count), "whit_loop_memory");
static_assert(offsetof(whit_loop_memory, buffer_bytes) == offsetof(Storage, buffer_bytes), "whit_loop_memory");

// ---- numbers ----

static_assert(is(WHIT_OK, Status::kOk) && is(WHIT_WOULD_BLOCK, Status::kWouldBlock) &&
                  is(WHIT_CLOSED, Status::kClosed) && is(WHIT_FAILED, Status::kFailed) &&
                  is(WHIT_TOO_LARGE, Status::kTooLarge) && is(WHIT_NOT_OPEN, Status::kNotOpen) &&
                  is(WHIT_INVALID_ARGUMENT, Status::kInvalidArgument) && is(WHIT_NO_SLOT, Status::kNoSlot) &&
                  is(WHIT_IN_USE, Status::kInUse),
              "Status");
static_assert(is(WHIT_MESSAGE_TEXT, MessageType::kText) && is(WHIT_MESSAGE_BINARY, MessageType::kBinary),
              "MessageType");
static_assert(is(WHIT_METHOD_GET, Method::kGet) && is(WHIT_METHOD_HEAD, Method::kHead) &&
                  is(WHIT_METHOD_POST, Method::kPost),
              "Method");
static_assert(is(WHIT_STATE_CONNECTING, ReadyState::kConnecting) && is(WHIT_STATE_OPEN, ReadyState::kOpen) &&
                  is(WHIT_STATE_CLOSING, ReadyState::kClosing) && is(WHIT_STATE_CLOSED, ReadyState::kClosed),
              "ReadyState");
static_assert(is(WHIT_DEADLINE_NONE, Deadline::kNone) && is(WHIT_DEADLINE_RESOLVE, Deadline::kResolve) &&
                  is(WHIT_DEADLINE_CONNECT, Deadline::kConnect) && is(WHIT_DEADLINE_SECURE, Deadline::kSecure) &&
                  is(WHIT_DEADLINE_HEAD, Deadline::kHead) && is(WHIT_DEADLINE_FRAME, Deadline::kFrame) &&
                  is(WHIT_DEADLINE_DATA, Deadline::kData) &&
                  is(WHIT_DEADLINE_KEEPALIVE_INTERVAL, Deadline::kKeepaliveInterval) &&
                  is(WHIT_DEADLINE_KEEPALIVE_ANSWER, Deadline::kKeepaliveAnswer) &&
                  is(WHIT_DEADLINE_WRITE, Deadline::kWrite) && is(WHIT_DEADLINE_CLOSE, Deadline::kClose) &&
                  is(WHIT_DEADLINE_LINGER, Deadline::kLinger),
              "Deadline");
static_assert(is(WHIT_WHO_PEER, Cause::kPeer) && is(WHIT_WHO_APPLICATION, Cause::kApplication) &&
                  is(WHIT_WHO_WHIT, Cause::kWhit) && is(WHIT_WHO_NETWORK, Cause::kNetwork),
              "Cause::Who");
static_assert(is(WHIT_WHERE_RESOLVE, Cause::kResolve) && is(WHIT_WHERE_CONNECT, Cause::kConnect) &&
                  is(WHIT_WHERE_SECURE, Cause::kSecure) && is(WHIT_WHERE_HANDSHAKE, Cause::kHandshake) &&
                  is(WHIT_WHERE_PROTOCOL, Cause::kProtocol) && is(WHIT_WHERE_CLOSING, Cause::kClosing) &&
                  is(WHIT_WHERE_TRANSPORT, Cause::kTransport) && is(WHIT_WHERE_DEADLINE, Cause::kDeadline) &&
                  is(WHIT_WHERE_RANDOM, Cause::kRandom),
              "Cause::Where");
static_assert(WHIT_CLOSE_NORMAL_CLOSURE == close_code::kNormalClosure &&
                  WHIT_CLOSE_GOING_AWAY == close_code::kGoingAway &&
                  WHIT_CLOSE_PROTOCOL_ERROR == close_code::kProtocolError &&
                  WHIT_CLOSE_UNSUPPORTED_DATA == close_code::kUnsupportedData &&
                  WHIT_CLOSE_NO_STATUS_RECEIVED == close_code::kNoStatusReceived &&
                  WHIT_CLOSE_ABNORMAL_CLOSURE == close_code::kAbnormalClosure &&
                  WHIT_CLOSE_INVALID_PAYLOAD == close_code::kInvalidPayload &&
                  WHIT_CLOSE_POLICY_VIOLATION == close_code::kPolicyViolation &&
                  WHIT_CLOSE_MESSAGE_TOO_BIG == close_code::kMessageTooBig &&
                  WHIT_CLOSE_MANDATORY_EXTENSION == close_code::kMandatoryExtension &&
                  WHIT_CLOSE_INTERNAL_ERROR == close_code::kInternalError &&
                  WHIT_CLOSE_SERVICE_RESTART == close_code::kServiceRestart &&
                  WHIT_CLOSE_TRY_AGAIN_LATER == close_code::kTryAgainLater &&
                  WHIT_CLOSE_BAD_GATEWAY == close_code::kBadGateway &&
                  WHIT_CLOSE_TLS_HANDSHAKE == close_code::kTlsHandshake,
              "close_code");
static_assert(is(WHIT_LONG_MESSAGES_STREAM, LongMessages::kStream) &&
                  is(WHIT_LONG_MESSAGES_REFUSE, LongMessages::kRefuse) &&
                  is(WHIT_LONG_MESSAGES_SKIP, LongMessages::kSkip),
              "LongMessages");
static_assert(is(WHIT_EVENT_NONE, Event::kNone) && is(WHIT_EVENT_REQUEST, Event::kRequest) &&
                  is(WHIT_EVENT_OPEN, Event::kOpen) && is(WHIT_EVENT_MESSAGE, Event::kMessage) &&
                  is(WHIT_EVENT_SKIPPED, Event::kSkipped) && is(WHIT_EVENT_WRITABLE, Event::kWritable) &&
                  is(WHIT_EVENT_ERROR, Event::kError) && is(WHIT_EVENT_CLOSE, Event::kClose) &&
                  is(WHIT_EVENT_BODY, Event::kBody),
              "Event::Type");
static_assert(is(WHIT_URL_PART_NONE, UrlPart::kNone) && is(WHIT_URL_PART_SCHEME, UrlPart::kScheme) &&
                  is(WHIT_URL_PART_USER_INFORMATION, UrlPart::kUserInformation) &&
                  is(WHIT_URL_PART_HOST, UrlPart::kHost) && is(WHIT_URL_PART_PORT, UrlPart::kPort) &&
                  is(WHIT_URL_PART_RESOURCE, UrlPart::kResource) && is(WHIT_URL_PART_FRAGMENT, UrlPart::kFragment),
              "UrlPart");

}  // namespace
}  // namespace whit
