// SPDX-License-Identifier: MIT
#include "whit/redirect.h"

#include "whit/url_reference.h"

namespace whit {

namespace {

// A URL in bounded memory.
class UrlText {
 public:
  explicit UrlText(MutableBytes memory) : memory_(memory) {}

  void put(Text text) {
    for (size_t i = 0; i < text.size; ++i, ++size_) {
      if (size_ < memory_.size) memory_.data[size_] = static_cast<uint8_t>(text[i]);
    }
  }
  void begin_path() { path_ = size_; }
  // RFC 3986, 5.2.4, for segments without the "/" before the first one. `whole`: the path ends with them.
  void put_segments(Text segments, bool whole) {
    for (bool last = false; !last;) {
      size_t size = 0;
      while (size < segments.size && segments[size] != '/') ++size;
      const Text segment = segments.first(size);
      last = size == segments.size;
      if (!last) segments = segments.from(size + 1);
      const bool up = segment == "..";
      if (up) drop_segment();
      if (!up && segment != ".") {
        put("/");
        put(segment);
      } else if (last && whole) {
        put("/");
      }
    }
  }

  bool fits() const { return size_ <= memory_.size; }
  Text text() const { return as_text(memory_.first(size_)); }

 private:
  void drop_segment() {
    if (!fits()) return;
    while (size_ != path_ && memory_.data[--size_] != '/') continue;
  }

  MutableBytes memory_;
  size_t size_ = 0;
  size_t path_ = 0;
};

// RFC 3986, 5.2.2, of which the scheme and the authority are done.
void put_path(UrlText* out, const UrlReference& base, const UrlReference& to) {
  out->begin_path();
  const bool same_path = !to.has_authority && to.path.empty();
  const Text path = same_path ? base.path : to.path;
  if (!path.empty() && path[0] == '/') {
    out->put_segments(path.from(1), true);
  } else if (!path.empty()) {
    // 5.2.3: in place of the last segment of the base.
    size_t end = base.path.size;
    while (end != 0 && base.path[end - 1] != '/') --end;
    if (end > 1) out->put_segments({base.path.data + 1, end - 2}, false);
    out->put_segments(path, true);
  }
  out->put(same_path && !to.has_query ? base.query : to.query);
}

}  // namespace

void Redirect::on_response_field(WebSocket socket, Text name, Text value) {
  if (!(socket == client_.socket()) || !same_but_for_case(name, "location")) return;
  found_ = found_ == Result::kNoLocation ? resolve(value, &next_) : Result::kBadLocation;
}

void Redirect::on_event(const Event& event, bool follow_it) {
  if (event.type != Event::kClose || !(event.socket == client_.socket())) return;
  result_ = follow_it && limit != 0 ? follow(event.close.cause) : Result::kNone;
  found_ = Result::kNoLocation;
  if (result_ != Result::kFollowed) put_back();
}

Redirect::Result Redirect::follow(const Cause& cause) {
  const int32_t status = cause.code;
  const bool redirects = (status >= 301 && status <= 303) || status == 307 || status == 308;
  if (cause.who != Cause::kPeer || cause.where != Cause::kHandshake || !redirects) return Result::kNone;
  if (followed_ >= limit) return Result::kTooMany;
  if (found_ != Result::kFollowed) return found_;
  if (followed_ == 0) {
    url_ = options_.url;
    headers_ = options_.headers;
    request_fields_ = options_.request_fields;
  }
  ++followed_;
  const bool foreign = is_foreign(next_);
  options_.url = next_;
  options_.headers = foreign ? Text() : headers_;
  options_.request_fields = foreign ? foreign_fields : request_fields_;
  const Status status_of_connect = client_.connect(options_);
  if (status_of_connect == Status::kOk) return Result::kFollowed;
  return status_of_connect == Status::kNoSlot ? Result::kNoSlot : Result::kBadLocation;
}

// The URL of the present connection is in the other half, unless it is that of the application.
Redirect::Result Redirect::resolve(Text location, Text* out) const {
  const UrlReference base = split_reference(options_.url);
  const UrlReference to = split_reference(location);
  bool secure = base.is_secure();
  if (!to.scheme.empty()) {
    secure = same_but_for_case(to.scheme, "https") || same_but_for_case(to.scheme, "wss");
    const bool plain = same_but_for_case(to.scheme, "http") || same_but_for_case(to.scheme, "ws");
    if ((!secure && !plain) || !to.has_authority) return Result::kBadLocation;
  }
  if (base.is_secure() && !secure) return Result::kInsecure;
  const size_t half = memory_.size / 2;
  UrlText url(memory_.from(followed_ % 2 * half).first(half));
  url.put(secure ? "wss://" : "ws://");
  url.put(to.has_authority ? to.authority : base.authority);
  put_path(&url, base, to);
  if (!url.fits()) return Result::kTooLong;
  *out = url.text();
  return Result::kFollowed;
}

bool Redirect::is_foreign(Text url) const {
  const UrlReference from = split_reference(url_);
  const UrlReference to = split_reference(url);
  const bool upgraded = !from.is_secure() && to.is_secure() && from.port() == 80 && to.port() == 443;
  return (from.port() != to.port() && !upgraded) || !same_but_for_case(from.host(), to.host());
}

void Redirect::put_back() {
  if (followed_ == 0) return;
  followed_ = 0;
  options_.url = url_;
  options_.headers = headers_;
  options_.request_fields = request_fields_;
}

Text to_text(Redirect::Result result) {
  switch (result) {
    case Redirect::Result::kNone:
      return "not redirected";
    case Redirect::Result::kFollowed:
      return "redirected";
    case Redirect::Result::kTooMany:
      return "too many redirections";
    case Redirect::Result::kNoLocation:
      return "a redirection without a Location";
    case Redirect::Result::kBadLocation:
      return "a redirection to no valid URL of http, https, ws or wss";
    case Redirect::Result::kTooLong:
      return "a redirection to a URL that is too long";
    case Redirect::Result::kInsecure:
      return "a redirection out of TLS";
    case Redirect::Result::kNoSlot:
      return "no slot is free for a redirection";
  }
  return "unknown";
}

}  // namespace whit
