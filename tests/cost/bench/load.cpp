// SPDX-License-Identifier: MIT
// The load generator of tools/bench: one thread, epoll, N connections, each with D messages under way. Frames and masks
// are made beforehand, so that the other side is measured. Every answer is checked: header, size, and in the
// first messages of each connection every byte. Prints one line of JSON; the CPU time is the server's, all its threads.
//
//   load PORT key=value ...
//     mode=echo        messages for `ms`        mode=handshakes  connect, open, reset, for `ms`
//     mode=idle        opens all, prints the server's memory
//     mode=broadcast   one sends, and the next when all have got it, for `ms`; times are per message that came
//     pid=P            the server               connections=N depth=D size=S ms=T
//     type=binary|ascii|utf8                    tls=1
//     masked=0         frames without a mask, as a server sends them: the floor sends back what it gets
//     reply=S          size of an answer, where it is not that of the message
//     content=0        answers have bytes of their own, which are not looked at
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <map>
#include <string>
#include <vector>

namespace {

constexpr int kMaxEvents = 256;
constexpr size_t kReadBytes = 256 * 1024;
constexpr uint64_t kMaskedBit = 0x80;
constexpr uint64_t kWholeMessages = 40;  // of each connection, whose bytes are compared
constexpr size_t kParallel = 64;         // handshakes under way
constexpr double kStallSeconds = 20;
constexpr char kRequest[] =
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
constexpr char kAccept[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

struct Settings {
  uint16_t port = 0;
  std::string mode = "echo";
  std::string type = "binary";
  int pid = 0;
  size_t connections = 1;
  size_t depth = 1;
  size_t size = 125;
  size_t reply = 0;
  double ms = 300;
  bool masked = true;
  bool tls = false;
  bool content = true;
} settings;

struct Peer {
  int descriptor = -1;
  SSL* ssl = nullptr;
  bool open = false;
  bool blocked = false;
  std::string head;
  size_t place = 0;  // in the ring of frames
  size_t owed = 0;   // bytes that may be sent
  uint8_t header[10];
  size_t header_size = 0;
  uint8_t opcode = 0;
  bool fin = false;
  bool inside = false;  // a message has begun
  uint64_t left = 0;    // of the frame
  uint64_t offset = 0;  // in the message
  uint64_t messages = 0;
};

std::vector<Peer> peers;
std::string payload;
std::string ring;  // the frames of one depth, twice: any place has a whole depth behind it
size_t frame_bytes;
uint8_t opcode;
uint8_t bytes[kReadBytes];
uint64_t messages;
int poller;
SSL_CTX* tls;

[[noreturn]] __attribute__((format(printf, 1, 2))) void fail(const char* format, ...) {
  va_list values;
  va_start(values, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, values);
  fputs("\n", stderr);
  va_end(values);
  exit(1);
}

double seconds(clockid_t clock) {
  timespec now;
  if (clock_gettime(clock, &now) != 0) fail("the CPU time of process %d cannot be read", settings.pid);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double now() { return seconds(CLOCK_MONOTONIC); }

double server_cpu() {
  clockid_t clock;
  if (settings.pid == 0) return 0;
  if (clock_getcpuclockid(settings.pid, &clock) != 0) fail("there is no process %d", settings.pid);
  return seconds(clock);
}

// ---- what is sent ----

std::string make_payload() {
  std::string text;
  if (settings.type == "utf8") {
    // Two, three and four bytes in turn, and what remains in ASCII.
    const char* const parts[] = {"\xc3\xbc", "\xe4\xb8\x96", "\xf0\x9f\x8c\x8d"};
    for (size_t i = 0; text.size() + 4 <= settings.size; ++i) text += parts[i % 3];
    while (text.size() < settings.size) text += 'x';
    return text;
  }
  uint32_t state = 1;
  for (size_t i = 0; i < settings.size; ++i) {
    state = state * 1664525 + 1013904223;
    const uint32_t byte = state >> 24;
    text += static_cast<char>(settings.type == "ascii" ? ' ' + byte % 95 : byte);
  }
  return text;
}

std::string make_frame(uint32_t number) {
  const size_t size = payload.size();
  const uint8_t bit = settings.masked ? static_cast<uint8_t>(kMaskedBit) : 0;
  std::string frame(1, static_cast<char>(0x80 | opcode));
  int length_bytes = 0;
  if (size < 126) {
    frame += static_cast<char>(bit | size);
  } else {
    length_bytes = size < 65536 ? 2 : 8;
    frame += static_cast<char>(bit | (size < 65536 ? 126 : 127));
  }
  for (int i = length_bytes; i-- > 0;) frame += static_cast<char>(static_cast<uint64_t>(size) >> (8 * i));
  if (!settings.masked) return frame + payload;
  const uint32_t key = (number + 1) * 2654435761u;
  uint8_t mask[4];
  memcpy(mask, &key, 4);
  frame.append(reinterpret_cast<char*>(mask), 4);
  for (size_t i = 0; i < size; ++i) frame += static_cast<char>(static_cast<uint8_t>(payload[i]) ^ mask[i % 4]);
  return frame;
}

void make_ring() {
  opcode = settings.type == "binary" ? 2 : 1;
  payload = make_payload();
  for (size_t i = 0; i < settings.depth; ++i) ring += make_frame(static_cast<uint32_t>(i));
  frame_bytes = ring.size() / settings.depth;
  ring += ring;
}

// ---- a connection ----

void watch(Peer* peer, int operation, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.u64 = static_cast<uint64_t>(peer - peers.data());
  if (epoll_ctl(poller, operation, peer->descriptor, &event) != 0) fail("epoll_ctl: %s", strerror(errno));
}

// Bytes written; 0: not now.
size_t put(Peer* peer, const char* data, size_t size) {
  if (peer->ssl == nullptr) {
    const ssize_t sent = send(peer->descriptor, data, size, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) fail("sending: %s", strerror(errno));
    return sent < 0 ? 0 : static_cast<size_t>(sent);
  }
  const int sent = SSL_write(peer->ssl, data, static_cast<int>(size));
  if (sent <= 0 && SSL_get_error(peer->ssl, sent) != SSL_ERROR_WANT_WRITE) fail("TLS: writing failed");
  return sent <= 0 ? 0 : static_cast<size_t>(sent);
}

size_t get(Peer* peer, uint8_t* data, size_t size) {
  if (peer->ssl == nullptr) {
    const ssize_t got = recv(peer->descriptor, data, size, 0);
    if (got < 0 && errno == EAGAIN) return 0;
    if (got <= 0) fail("the server ended the connection%s%s", got < 0 ? ": " : "", got < 0 ? strerror(errno) : "");
    return static_cast<size_t>(got);
  }
  const int got = SSL_read(peer->ssl, data, static_cast<int>(size));
  if (got > 0) return static_cast<size_t>(got);
  if (SSL_get_error(peer->ssl, got) != SSL_ERROR_WANT_READ) fail("TLS: the server ended the connection");
  return 0;
}

void send_owed(Peer* peer) {
  while (peer->owed != 0) {
    const size_t sent = put(peer, ring.data() + peer->place, peer->owed);
    peer->owed -= sent;
    peer->place = (peer->place + sent) % (ring.size() / 2);
    if (sent == 0) {
      if (!peer->blocked) watch(peer, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
      peer->blocked = true;
      return;
    }
  }
  if (peer->blocked) watch(peer, EPOLL_CTL_MOD, EPOLLIN);
  peer->blocked = false;
}

void dial(Peer* peer) {
  *peer = Peer();
  peer->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (peer->descriptor < 0) fail("socket: %s", strerror(errno));
  const int on = 1;
  setsockopt(peer->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const linger reset = {1, 0};  // no TIME_WAIT
  setsockopt(peer->descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(settings.port);
  if (connect(peer->descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    fail("connecting to port %u: %s", settings.port, strerror(errno));
  }
  if (tls != nullptr) {
    peer->ssl = SSL_new(tls);
    SSL_set_fd(peer->ssl, peer->descriptor);
    if (SSL_connect(peer->ssl) != 1) fail("the TLS handshake failed");
  }
  const timeval patience = {static_cast<time_t>(kStallSeconds), 0};
  setsockopt(peer->descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (put(peer, kRequest, sizeof kRequest - 1) != sizeof kRequest - 1) fail("the request does not fit");
}

void hang_up(Peer* peer) {
  if (peer->ssl != nullptr) SSL_free(peer->ssl);
  close(peer->descriptor);
}

// ---- what comes back ----

void begin_frame(Peer* peer) {
  const uint8_t* const head = peer->header;
  peer->fin = (head[0] & 0x80) != 0;
  peer->opcode = head[0] & 0x0f;
  const uint8_t length = head[1] & 0x7f;
  peer->left = length;
  if (length > 125) {
    peer->left = 0;
    for (size_t i = 2; i < peer->header_size; ++i) peer->left = peer->left << 8 | head[i];
  }
  peer->header_size = 0;
  if ((head[0] & 0x70) != 0 || (head[1] & 0x80) != 0) fail("a frame with wrong bits: %02x %02x", head[0], head[1]);
  if (peer->opcode == 9 || peer->opcode == 10) return;
  const uint8_t expected = peer->inside ? 0 : opcode;
  if (peer->opcode != expected) fail("opcode %u came in place of %u", peer->opcode, expected);
  peer->inside = true;
  if (peer->offset + peer->left > settings.reply) fail("too many bytes came back");
}

void end_frame(Peer* peer) {
  if (peer->opcode > 7 || !peer->fin) return;
  if (peer->offset != settings.reply) {
    fail("%llu bytes came back in place of %zu", static_cast<unsigned long long>(peer->offset), settings.reply);
  }
  peer->inside = false;
  peer->offset = 0;
  ++peer->messages;
  ++messages;
}

size_t header_size(const uint8_t* header) {
  const uint8_t length = header[1] & 0x7f;
  return length == 126 ? 4 : length == 127 ? 10 : 2;
}

void take_payload(Peer* peer, const uint8_t* data, size_t size) {
  if (peer->opcode <= 7) {
    if (peer->messages < kWholeMessages && settings.content && memcmp(data, payload.data() + peer->offset, size) != 0) {
      fail("message %llu came back with other bytes", static_cast<unsigned long long>(peer->messages));
    }
    peer->offset += size;
  }
  peer->left -= size;
  if (peer->left == 0) end_frame(peer);
}

void parse(Peer* peer, const uint8_t* data, size_t size) {
  size_t at = 0;
  while (at < size) {
    if (peer->left != 0) {
      const size_t part = size - at < peer->left ? size - at : static_cast<size_t>(peer->left);
      take_payload(peer, data + at, part);
      at += part;
      continue;
    }
    peer->header[peer->header_size++] = data[at++];
    if (peer->header_size < 2 || peer->header_size < header_size(peer->header)) continue;
    begin_frame(peer);
    if (peer->left == 0) end_frame(peer);
  }
}

// Whether the connection has just opened.
bool parse_head(Peer* peer, const uint8_t* data, size_t size) {
  peer->head.append(reinterpret_cast<const char*>(data), size);
  if (peer->head.size() > 8192) fail("the server's head has no end");
  if (peer->head.find("\r\n\r\n") == std::string::npos) return false;
  if (peer->head.compare(0, 13, "HTTP/1.1 101 ") != 0) fail("refused: %.60s", peer->head.c_str());
  if (peer->head.find(kAccept) == std::string::npos) fail("a wrong Sec-WebSocket-Accept");
  if (peer->head.find("\r\n\r\n") + 4 != peer->head.size()) fail("bytes behind the head");
  std::string().swap(peer->head);
  return peer->open = true;
}

void receive(Peer* peer) {
  do {
    const size_t got = get(peer, bytes, sizeof bytes);
    if (got == 0) break;
    const uint64_t before = peer->messages;
    parse(peer, bytes, got);
    if (settings.mode[0] != 'b') peer->owed += (peer->messages - before) * frame_bytes;  // not of a broadcast
  } while (peer->ssl != nullptr && SSL_pending(peer->ssl) > 0);
  send_owed(peer);
}

// ---- opening ----

void open_one(Peer* peer) {
  while (!peer->open) {
    const size_t got = get(peer, bytes, 4096);
    if (got == 0) fail("the server did not answer the opening handshake");
    parse_head(peer, bytes, got);
  }
}

// A server's backlog is short, so not all connect at once.
void open_range(size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i) dial(&peers[i]);
  for (size_t i = begin; i < end; ++i) open_one(&peers[i]);
}

void open_all() {
  for (size_t begin = 0; begin < peers.size(); begin += kParallel) {
    const size_t end = begin + kParallel < peers.size() ? begin + kParallel : peers.size();
    open_range(begin, end);
  }
}

// ---- modes ----

void turn() {
  epoll_event events[kMaxEvents];
  const int found = epoll_wait(poller, events, kMaxEvents, static_cast<int>(kStallSeconds * 1000));
  if (found == 0) fail("no answer within %.0f s", kStallSeconds);
  for (int i = 0; i < found; ++i) {
    Peer* const peer = &peers[events[i].data.u64];
    if ((events[i].events & EPOLLOUT) != 0) send_owed(peer);
    if ((events[i].events & ~static_cast<uint32_t>(EPOLLOUT)) != 0) receive(peer);
  }
}

uint64_t slowest() {
  uint64_t least = UINT64_MAX;
  for (const Peer& peer : peers) least = peer.messages < least ? peer.messages : least;
  return least;
}

void make_nonblocking(const Peer& peer) { fcntl(peer.descriptor, F_SETFL, O_NONBLOCK); }

void echo() {
  open_all();
  for (Peer& peer : peers) {
    make_nonblocking(peer);
    watch(&peer, EPOLL_CTL_ADD, EPOLLIN);
    peer.owed = settings.depth * frame_bytes;
    send_owed(&peer);
  }
  // Warm: every connection has had answers.
  const double warm = now();
  while (slowest() < 2 || now() - warm < 0.1) turn();
  const uint64_t messages_before = messages;
  const double own_before = seconds(CLOCK_PROCESS_CPUTIME_ID), cpu_before = server_cpu(), begin = now();
  // A server that reads from all before it answers any is not done before it has answered all.
  const uint64_t least = settings.connections * settings.depth;
  while (now() - begin < settings.ms / 1000 || messages - messages_before < least) turn();
  const double took = now() - begin, cpu = server_cpu() - cpu_before;
  const double own = seconds(CLOCK_PROCESS_CPUTIME_ID) - own_before;
  const auto count = static_cast<double>(messages - messages_before);
  printf("{\"messages\": %.0f, \"seconds\": %.4f, \"cpu_us\": %.4f, \"own_us\": %.4f}\n", count, took,
         cpu / count * 1e6, own / count * 1e6);
}

// The server sends the message of one connection to all.
void broadcast() {
  open_all();
  for (Peer& peer : peers) {
    make_nonblocking(peer);
    watch(&peer, EPOLL_CTL_ADD, EPOLLIN);
  }
  uint64_t sent = 0;
  const auto send_one = [&sent] {
    ++sent;
    peers[0].owed = frame_bytes;
    send_owed(&peers[0]);
    while (messages < sent * settings.connections) turn();
  };
  for (int warm = 0; warm < 3; ++warm) send_one();
  const uint64_t messages_before = messages;
  const double cpu_before = server_cpu(), begin = now();
  while (now() - begin < settings.ms / 1000) send_one();
  const double took = now() - begin, cpu = server_cpu() - cpu_before;
  if (slowest() != sent) fail("not all got each message once");
  const auto count = static_cast<double>(messages - messages_before);
  printf("{\"messages\": %.0f, \"seconds\": %.4f, \"cpu_us\": %.4f}\n", count, took, cpu / count * 1e6);
}

void handshakes() {
  uint64_t count = 0;
  const size_t parallel = peers.size();
  double cpu = 0, begin = 0;
  for (int round = 0; round < 2; ++round) {  // the first one is to warm up
    count = 0;
    cpu = server_cpu();
    begin = now();
    while (now() - begin < settings.ms / (round == 0 ? 5000 : 1000)) {
      open_range(0, parallel);
      for (Peer& peer : peers) hang_up(&peer);
      count += parallel;
    }
    usleep(20000);  // the server's end of it
  }
  const double took = now() - begin;
  cpu = server_cpu() - cpu;
  printf("{\"messages\": %.0f, \"seconds\": %.4f, \"cpu_us\": %.4f}\n", static_cast<double>(count), took,
         cpu / static_cast<double>(count) * 1e6);
}

// Private memory of the server, in bytes; of each kind what smaps_rollup says.
double memory() {
  char line[256];
  snprintf(line, sizeof line, "/proc/%d/smaps_rollup", settings.pid);
  FILE* const file = fopen(line, "r");
  if (file == nullptr) fail("%s: %s", line, strerror(errno));
  double kib = -1;
  while (fgets(line, sizeof line, file) != nullptr) {
    if (strncmp(line, "Pss:", 4) == 0) kib = strtod(line + 4, nullptr);
  }
  fclose(file);
  return kib * 1024;
}

// A server that gets rid of idle connections would look cheap.
void check_all_are_there() {
  for (const Peer& peer : peers) {
    pollfd one = {peer.descriptor, POLLRDHUP, 0};
    if (poll(&one, 1, 0) != 0) fail("the server ended an idle connection");
  }
}

void idle() {
  // Memory for handshakes has been needed by then, by as many as there will be at once.
  const size_t first = peers.size() > kParallel ? kParallel : 1;
  open_range(0, first);
  usleep(200000);
  const double before = memory();
  for (size_t begin = first; begin < peers.size(); begin += kParallel) {
    open_range(begin, begin + kParallel < peers.size() ? begin + kParallel : peers.size());
  }
  usleep(300000);
  const double after = memory();
  check_all_are_there();
  printf("{\"connections\": %zu, \"bytes\": %.1f}\n", peers.size(),
         (after - before) / static_cast<double>(peers.size() - first));
}

void read_settings(int count, char** arguments) {
  if (count < 2) fail("usage: load PORT key=value ...; the keys are told in load.cpp");
  settings.port = static_cast<uint16_t>(atoi(arguments[1]));
  std::map<std::string, std::string> given;
  for (int i = 2; i < count; ++i) {
    const std::string word = arguments[i];
    const size_t sign = word.find('=');
    if (sign == std::string::npos) fail("%s: no key=value", arguments[i]);
    given[word.substr(0, sign)] = word.substr(sign + 1);
  }
  const auto number = [&given](const char* key, size_t otherwise) {
    return given.count(key) != 0 ? strtoul(given[key].c_str(), nullptr, 10) : otherwise;
  };
  if (given.count("mode") != 0) settings.mode = given["mode"];
  if (given.count("type") != 0) settings.type = given["type"];
  settings.pid = static_cast<int>(number("pid", 0));
  settings.connections = number("connections", 1);
  settings.depth = number("depth", 1);
  settings.size = number("size", 125);
  settings.reply = number("reply", settings.size);
  settings.ms = static_cast<double>(number("ms", 300));
  settings.masked = number("masked", 1) != 0;
  settings.tls = number("tls", 0) != 0;
  settings.content = number("content", 1) != 0;
  if (settings.connections == 0 || settings.depth == 0 || settings.size == 0) fail("0 is too few");
}

}  // namespace

int main(int count, char** arguments) {
  read_settings(count, arguments);
  if (settings.tls) {
    tls = SSL_CTX_new(TLS_client_method());  // the certificate is not under test
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }
  poller = epoll_create1(EPOLL_CLOEXEC);
  peers.resize(settings.connections);
  make_ring();
  if (settings.mode == "handshakes") {
    handshakes();
  } else if (settings.mode == "idle") {
    idle();
  } else if (settings.mode == "broadcast") {
    broadcast();
  } else {
    echo();
  }
  return 0;
}
