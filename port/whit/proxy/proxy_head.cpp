// SPDX-License-Identifier: MIT
#include "proxy_head.h"

namespace whit::proxy {

namespace {

// Counts on when the memory is full, so that one comparison at the end tells whether all was written.
class Writer {
 public:
  explicit Writer(MutableBytes out) : out_(out) {}

  void put(char c) {
    if (size_ < out_.size) out_.data[size_] = static_cast<uint8_t>(c);
    ++size_;
  }
  void put(Text text) {
    for (size_t i = 0; i < text.size; ++i) put(text[i]);
  }
  void put_authority(Text host, uint16_t port) {
    bool is_ipv6 = false;
    for (size_t i = 0; i < host.size; ++i) is_ipv6 = is_ipv6 || host[i] == ':';
    if (is_ipv6) put('[');
    put(host);
    if (is_ipv6) put(']');
    put(':');
    uint16_t divisor = 10000;
    while (divisor > port && divisor > 1) divisor = static_cast<uint16_t>(divisor / 10);
    for (; divisor != 0; divisor = static_cast<uint16_t>(divisor / 10)) {
      put(static_cast<char>('0' + port / divisor % 10));
    }
  }
  // RFC 4648, 4.
  void put_base64(Bytes bytes) {
    static const char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes.size; i += 3) {
      const size_t left = bytes.size - i;
      uint32_t group = static_cast<uint32_t>(bytes.data[i]) << 16;
      if (left > 1) group |= static_cast<uint32_t>(bytes.data[i + 1]) << 8;
      if (left > 2) group |= bytes.data[i + 2];
      put(kDigits[group >> 18]);
      put(kDigits[group >> 12 & 63]);
      put(left > 1 ? kDigits[group >> 6 & 63] : '=');
      put(left > 2 ? kDigits[group & 63] : '=');
    }
  }
  size_t size() const { return size_ <= out_.size ? size_ : 0; }

 private:
  MutableBytes out_;
  size_t size_ = 0;
};

}  // namespace

size_t write_request(MutableBytes out, Text host, uint16_t port, Bytes credentials) {
  Writer writer(out);
  writer.put("CONNECT ");
  writer.put_authority(host, port);
  writer.put(" HTTP/1.1\r\nHost: ");
  writer.put_authority(host, port);
  if (!credentials.empty()) {
    writer.put("\r\nProxy-Authorization: Basic ");
    writer.put_base64(credentials);
  }
  writer.put("\r\n\r\n");
  return writer.size();
}

bool is_host(Text host) {
  const Text forbidden = "/?#@[]%\\\x7F";
  for (size_t i = 0; i < host.size; ++i) {
    if (static_cast<uint8_t>(host[i]) <= ' ') return false;
    for (size_t j = 0; j < forbidden.size; ++j) {
      if (host[i] == forbidden[j]) return false;
    }
  }
  return !host.empty();
}

// RFC 9112, 4. Behind the three digits comes a space, or the end of the line from proxies that leave it out.
bool Reply::take_status_line(uint8_t byte) {
  static const char kForm[] = "HTTP/1.d ddd";
  constexpr uint8_t kEnd = sizeof kForm - 1;
  constexpr uint8_t kStatus = 9;
  if (position_ > kEnd) return true;  // the reason
  if (position_ == kEnd) {
    ++position_;
    return byte == ' ' || byte == '\r' || byte == '\n';
  }
  const bool is_digit = byte >= '0' && byte <= '9';
  if (kForm[position_] == 'd' ? !is_digit : byte != static_cast<uint8_t>(kForm[position_])) return false;
  if (position_ >= kStatus) status_ = static_cast<uint16_t>(status_ * 10 + (byte - '0'));
  ++position_;
  return true;
}

Reply::Result Reply::take(uint8_t byte) {
  if (!in_fields_ && !take_status_line(byte)) return Result::kBroken;
  if (after_cr_ && byte != '\n') return Result::kBroken;
  after_cr_ = byte == '\r';
  if (after_cr_) return Result::kMore;
  if (byte == '\n') {
    if (line_empty_) return Result::kEnd;
    in_fields_ = true;
    line_empty_ = true;
    return Result::kMore;
  }
  line_empty_ = false;
  const bool is_control = (byte < ' ' && byte != '\t') || byte == 0x7F;
  return is_control ? Result::kBroken : Result::kMore;
}

}  // namespace whit::proxy
