// SPDX-License-Identifier: MIT
// The table "Every call and every answer" of port/whit/lwip/README.md, row by row: each answer is forced, by lwIP
// itself where it can be brought to it, else by a function put before lwIP's (linker option --wrap) or by calling the
// callback.
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "fixture.h"
#include "lwip/dns.h"
#include "lwip/priv/tcp_priv.h"

namespace {

// The answer of the next call of a wrapped function, which does nothing else; nullptr as the name: nothing is armed.
struct Injection {
  const char* call = nullptr;
  err_t answer = ERR_OK;
  bool hit = false;
} injection;

bool injected(const char* call) {
  if (injection.call == nullptr || std::string(injection.call) != call) return false;
  injection.call = nullptr;
  injection.hit = true;
  return true;
}

}  // namespace

extern "C" {

tcp_pcb* __real_tcp_new_ip_type(u8_t type);
tcp_pcb* __wrap_tcp_new_ip_type(u8_t type) {
  return injected("tcp_new_ip_type") ? nullptr : __real_tcp_new_ip_type(type);
}

err_t __real_tcp_bind(tcp_pcb* pcb, const ip_addr_t* address, u16_t port);
err_t __wrap_tcp_bind(tcp_pcb* pcb, const ip_addr_t* address, u16_t port) {
  return injected("tcp_bind") ? injection.answer : __real_tcp_bind(pcb, address, port);
}

tcp_pcb* __real_tcp_listen_with_backlog_and_err(tcp_pcb* pcb, u8_t backlog, err_t* error);
tcp_pcb* __wrap_tcp_listen_with_backlog_and_err(tcp_pcb* pcb, u8_t backlog, err_t* error) {
  if (!injected("tcp_listen_with_backlog_and_err")) return __real_tcp_listen_with_backlog_and_err(pcb, backlog, error);
  *error = injection.answer;
  return nullptr;
}

err_t __real_tcp_close(tcp_pcb* pcb);
err_t __wrap_tcp_close(tcp_pcb* pcb) { return injected("tcp_close") ? injection.answer : __real_tcp_close(pcb); }

err_t __real_tcp_connect(tcp_pcb* pcb, const ip_addr_t* address, u16_t port, tcp_connected_fn connected);
err_t __wrap_tcp_connect(tcp_pcb* pcb, const ip_addr_t* address, u16_t port, tcp_connected_fn connected) {
  return injected("tcp_connect") ? injection.answer : __real_tcp_connect(pcb, address, port, connected);
}

err_t __real_tcp_write(tcp_pcb* pcb, const void* data, u16_t size, u8_t flags);
err_t __wrap_tcp_write(tcp_pcb* pcb, const void* data, u16_t size, u8_t flags) {
  return injected("tcp_write") ? injection.answer : __real_tcp_write(pcb, data, size, flags);
}

err_t __real_tcp_output(tcp_pcb* pcb);
err_t __wrap_tcp_output(tcp_pcb* pcb) { return injected("tcp_output") ? injection.answer : __real_tcp_output(pcb); }

err_t __real_tcp_shutdown(tcp_pcb* pcb, int receive, int send);
err_t __wrap_tcp_shutdown(tcp_pcb* pcb, int receive, int send) {
  return injected("tcp_shutdown") ? injection.answer : __real_tcp_shutdown(pcb, receive, send);
}

err_t __real_tcp_process_refused_data(tcp_pcb* pcb);
err_t __wrap_tcp_process_refused_data(tcp_pcb* pcb) {
  if (!injected("tcp_process_refused_data")) return __real_tcp_process_refused_data(pcb);
  if (injection.answer == ERR_ABRT) {  // means that the block is gone
    const tcp_err_fn callback = pcb->errf;
    void* const arg = pcb->callback_arg;
    tcp_err(pcb, nullptr);
    tcp_abort(pcb);
    callback(arg, ERR_ABRT);
  }
  return injection.answer;
}

err_t __real_dns_gethostbyname_addrtype(const char* name, ip_addr_t* address, dns_found_callback found, void* arg,
                                        u8_t type);
err_t __wrap_dns_gethostbyname_addrtype(const char* name, ip_addr_t* address, dns_found_callback found, void* arg,
                                        u8_t type) {
  if (injected("dns_gethostbyname_addrtype")) {
    if (injection.answer == ERR_OK) ipaddr_aton("10.0.0.2", address);
    return injection.answer;
  }
  if (!injected("found")) return __real_dns_gethostbyname_addrtype(name, address, found, arg, type);
  found(name, nullptr, arg);
  return ERR_INPROGRESS;
}

}  // extern "C"

namespace lwip_test {
namespace {

using whit::Layer;
using whit::Status;

const std::map<std::string, err_t> kErrors = {
    {"ERR_OK", ERR_OK},         {"ERR_MEM", ERR_MEM},   {"ERR_BUF", ERR_BUF}, {"ERR_TIMEOUT", ERR_TIMEOUT},
    {"ERR_RTE", ERR_RTE},       {"ERR_VAL", ERR_VAL},   {"ERR_USE", ERR_USE}, {"ERR_ALREADY", ERR_ALREADY},
    {"ERR_ISCONN", ERR_ISCONN}, {"ERR_CONN", ERR_CONN}, {"ERR_IF", ERR_IF},   {"ERR_ABRT", ERR_ABRT},
    {"ERR_RST", ERR_RST},       {"ERR_CLSD", ERR_CLSD}, {"ERR_ARG", ERR_ARG}, {"ERR_INPROGRESS", ERR_INPROGRESS}};

std::string without(const std::string& text, char unwanted) {
  std::string rest;
  for (const char one : text) {
    if (one != unwanted) rest += one;
  }
  return rest;
}

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, at);) parts.push_back(trimmed(part));
  return parts;
}

class Calls : public LwipTest {
 protected:
  Calls() {
    injection = Injection();
    ip_addr_t server;
    ipaddr_aton("10.0.0.2", &server);
    dns_setserver(0, &server);
  }

  void arm(const char* call, err_t answer = ERR_OK) { injection = {call, answer, false}; }
  void expect_hit() { EXPECT_TRUE(injection.hit) << "the port did not make this call"; }

  // The names differ, so that lwIP's cache of names does not answer.
  whit::Transport* call_name(Status expected = Status::kOk) {
    static int number = 0;
    const std::string name = "n" + std::to_string(++number) + ".example";
    Status status = Status::kOk;
    whit::Transport* const transport = network_.connect(0, {name.data(), name.size()}, 80, false, &status);
    EXPECT_EQ(status, expected);
    EXPECT_EQ(transport != nullptr, expected == Status::kOk);
    used(0, transport);
    return transport;
  }

  whit::Transport* call_address() {
    Status status = Status::kFailed;
    whit::Transport* const transport = network_.connect(0, "10.0.0.2", 80, false, &status);
    EXPECT_EQ(status, Status::kOk);
    used(0, transport);
    return transport;
  }

  // The name server's answer to the name; `error` as in the DNS header. It has an IPv4 address alone.
  void answer_name(uint8_t error = 0) {
    const std::vector<Datagram> all = Wire::get().take_datagrams();
    ASSERT_EQ(all.size(), whit::kLwipFamilies);
    for (const Datagram& each : all) {
      std::string data = each.data;
      const bool found = error == 0 && data[data.size() - 3] == 1;  // a question for A
      data[2] = '\x81';
      data[3] = static_cast<char>(0x80 | error);
      data[7] = found ? 1 : 0;
      const char record[] = {'\xC0', 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 2};
      if (found) data.append(record, sizeof record);
      Wire::get().send(Datagram{53, each.from, data});
    }
    turn();
  }

  void expect_failed(whit::Transport* transport, Layer layer, err_t error) {
    EXPECT_TRUE(is_announced(0));
    EXPECT_EQ(transport->progress().layer, layer);
    EXPECT_EQ(transport->progress().status, Status::kFailed);
    EXPECT_EQ(transport->error(), error);
  }

  void expect_read(whit::Transport* transport, const std::string& before, Status status, err_t error) {
    Status last = Status::kOk;
    EXPECT_EQ(read_all(transport, &last), before);
    EXPECT_EQ(last, status);
    EXPECT_EQ(transport->error(), error);
  }

  // A connection breaks as in lwIP: the block goes, the callback is told. Runs where callbacks run.
  void break_connection(err_t error) {
    in_callback([error] {
      tcp_pcb* const pcb = tcp_active_pcbs;
      const tcp_err_fn callback = pcb->errf;
      void* const arg = pcb->callback_arg;
      tcp_err(pcb, nullptr);
      tcp_abort(pcb);
      callback(arg, error);
    });
  }

  void in_callback(const std::function<void()>& action) {
    network_.in_pump = action;
    turn();
    network_.in_pump = nullptr;
  }

  void wait_in_line(Peer** peer_out) {
    ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
    *peer_out = &peer();
    (*peer_out)->connect();
    settle();
    ASSERT_EQ(network_.counters().waiting, 1);
  }

  void expect_listen(const char* call, err_t error, Status status) {
    arm(call, error);
    EXPECT_EQ(network_.listen(0, "", kPort, false), status);
    expect_hit();
    EXPECT_EQ(network_.error(), error);
    EXPECT_EQ(network_.listening_port(0), 0);
    EXPECT_EQ(pool_used(MEMP_TCP_PCB), 0u);
    EXPECT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  }

  // The rows. Each takes the error of its cell.
  using Row = void (Calls::*)(err_t);
  static const std::map<std::string, Row>& rows();

  void new_listen(err_t);
  void new_address(err_t);
  void bind(err_t error);
  void listen(err_t error);
  void close(err_t error);
  void accept_connection(err_t);
  void accept_no_place(err_t);
  void accept_null(err_t);
  void connect_address(err_t error);
  void connected_callback(err_t error);
  void write_ok(err_t);
  void write_less(err_t);
  void write_in_flight(err_t);
  void write_starved(err_t);
  void write_failed(err_t error);
  void output(err_t error);
  void sent_wanted(err_t);
  void sent_unwanted(err_t);
  void recv_packet(err_t);
  void recv_refused(err_t);
  void recv_end(err_t);
  void recv_both_ends(err_t);
  void recv_packet_error(err_t error);
  void recv_end_error(err_t error);
  void recv_waiting(err_t);
  void recv_waiting_end(err_t);
  void refused(err_t error);
  void shutdown(err_t error);
  void err_connecting(err_t error);
  void err_open(err_t error);
  void err_peer_ended(err_t error);
  void err_waiting(err_t error);
  void new_name(err_t);
  void connect_name(err_t error);
  void dns_at_once(err_t error);
  void found_address(err_t);
  void found_null(err_t);
  void found_inside(err_t);
  void found_cancelled_address(err_t);
  void found_cancelled_null(err_t);

 public:
  static std::vector<std::string> cells();
  // A cell that ends with an error belongs to the row of all errors.
  static std::string row_of(const std::string& cell) {
    const size_t start = cell.rfind(' ') + 1;
    return kErrors.count(cell.substr(start)) != 0 ? cell.substr(0, start) + "ERR" : cell;
  }
  static bool has_row(const std::string& cell) { return rows().count(row_of(cell)) != 0; }

 protected:
  void run_cell(const std::string& cell) {
    const size_t space = cell.rfind(' ');
    const auto error = kErrors.find(cell.substr(space + 1));
    const err_t number = error == kErrors.end() ? static_cast<err_t>(ERR_OK) : error->second;
    (this->*rows().at(row_of(cell)))(number);
  }
};

// "call | where | answer", with the backticks away and several errors of one row taken apart.
std::vector<std::string> Calls::cells() {
  std::ifstream file(WHIT_SOURCE_DIR "/port/whit/lwip/README.md");
  std::vector<std::string> all;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.find("<!-- calls: end") == 0) break;
    if (inside && line.find("| ---") != 0 && line.find("| Call") != 0) {
      const std::vector<std::string> columns = split(without(line, '`'), '|');
      const std::string start = columns.at(1) + " | " + columns.at(2) + " | ";
      std::vector<std::string> answers = split(columns.at(3), ',');
      for (const std::string& answer : answers) {
        if (kErrors.count(answer) != 0) continue;
        answers = {columns[3]};  // not a list of errors but one case in words
        break;
      }
      for (const std::string& answer : answers) all.push_back(start + answer);
    }
    if (line.find("<!-- calls: begin") == 0) inside = true;
  }
  return all;
}

const std::map<std::string, Calls::Row>& Calls::rows() {
  static const std::map<std::string, Row> all = {
      {"tcp_new_ip_type | listen | NULL", &Calls::new_listen},
      {"tcp_new_ip_type | connect, address | NULL", &Calls::new_address},
      {"tcp_bind | listen | ERR", &Calls::bind},
      {"tcp_listen_with_backlog_and_err | listen | ERR", &Calls::listen},
      {"tcp_close | unlisten | ERR", &Calls::close},
      {"accept callback | listening | connection", &Calls::accept_connection},
      {"accept callback | listening | connection, no place", &Calls::accept_no_place},
      {"accept callback | listening | NULL, ERR", &Calls::accept_null},
      {"tcp_connect | connect, address | ERR", &Calls::connect_address},
      {"connected callback | connecting | ERR", &Calls::connected_callback},
      {"tcp_write | write | ERR", &Calls::write_failed},
      {"tcp_write | write | ERR_MEM, less fits", &Calls::write_less},
      {"tcp_write | write | ERR_MEM, bytes in flight", &Calls::write_in_flight},
      {"tcp_write | write | ERR_MEM, nothing in flight", &Calls::write_starved},
      {"tcp_output | write | ERR", &Calls::output},
      {"sent callback | open | a write waits", &Calls::sent_wanted},
      {"sent callback | open | no write waits", &Calls::sent_unwanted},
      {"recv callback | open | packet", &Calls::recv_packet},
      {"recv callback | open | packet, enough are kept", &Calls::recv_refused},
      {"recv callback | open | NULL", &Calls::recv_end},
      {"recv callback | finished | NULL", &Calls::recv_both_ends},
      {"recv callback | open | packet, ERR", &Calls::recv_packet_error},
      {"recv callback | open | NULL, ERR", &Calls::recv_end_error},
      {"recv callback | waiting | packet", &Calls::recv_waiting},
      {"recv callback | waiting | NULL", &Calls::recv_waiting_end},
      {"tcp_process_refused_data | read | ERR", &Calls::refused},
      {"tcp_shutdown | finish | ERR", &Calls::shutdown},
      {"err callback | connecting | ERR", &Calls::err_connecting},
      {"err callback | open | ERR", &Calls::err_open},
      {"err callback | peer ended | ERR", &Calls::err_peer_ended},
      {"err callback | waiting | ERR", &Calls::err_waiting},
      {"tcp_new_ip_type | connect, name | NULL", &Calls::new_name},
      {"tcp_connect | connect, name | ERR", &Calls::connect_name},
      {"dns_gethostbyname_addrtype | connect, name | ERR", &Calls::dns_at_once},
      {"found callback | resolving | address", &Calls::found_address},
      {"found callback | resolving | NULL", &Calls::found_null},
      {"found callback | inside the call | NULL", &Calls::found_inside},
      {"found callback | cancelled | address", &Calls::found_cancelled_address},
      {"found callback | cancelled | NULL", &Calls::found_cancelled_null},
  };
  return all;
}

void Calls::new_listen(err_t) { expect_listen("tcp_new_ip_type", ERR_MEM, Status::kFailed); }

void Calls::new_address(err_t) {
  arm("tcp_new_ip_type");
  whit::Transport* const transport = call_address();
  expect_hit();
  expect_failed(transport, Layer::kConnect, ERR_MEM);
}

void Calls::bind(err_t error) {
  if (error == ERR_OK) {
    EXPECT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
    return;
  }
  expect_listen("tcp_bind", error, error == ERR_USE ? Status::kInUse : Status::kFailed);
}

void Calls::listen(err_t error) {
  if (error == ERR_OK) {
    EXPECT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
    return;
  }
  expect_listen("tcp_listen_with_backlog_and_err", error, error == ERR_USE ? Status::kInUse : Status::kFailed);
}

void Calls::close(err_t error) {
  ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  if (error != ERR_OK) {
    arm("tcp_close", error);
    network_.unlisten(0);
    expect_hit();
    EXPECT_EQ(network_.error(), error);
    EXPECT_EQ(network_.listening_port(0), kPort);
    Peer* other = nullptr;
    connected(&other);
  }
  network_.unlisten(0);
  EXPECT_EQ(network_.listening_port(0), 0);
  EXPECT_EQ(tcp_listen_pcbs.pcbs, nullptr);
}

void Calls::accept_connection(err_t) {
  Peer* other = nullptr;
  wait_in_line(&other);
  EXPECT_EQ(network_.counters().waiting, 1);
  used(0, network_.accept(0, 0));
  EXPECT_NE(transports_[0], nullptr);
  EXPECT_EQ(network_.counters().waiting, 0);
}

// The backlog of one listener is all places; so the third comes to another.
void Calls::accept_no_place(err_t) {
  ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  ASSERT_EQ(network_.listen(1, "", kPort + 1, false), Status::kOk);
  for (int i = 0; i < kWaiting; ++i) peer().connect();
  settle();
  Peer& third = peer(kPort + 1);
  third.connect();
  settle();
  EXPECT_TRUE(third.got_rst);
  EXPECT_EQ(network_.counters().accepts_refused, 1);
}

void Calls::accept_null(err_t) {
  ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  std::vector<void*> taken;
  while (void* const block = memp_malloc(MEMP_TCP_PCB)) taken.push_back(block);
  Peer& other = peer();
  other.connect();
  turn();
  EXPECT_EQ(network_.counters().accepts_refused, 1);
  EXPECT_EQ(network_.accept(0, 0), nullptr);
  for (void* block : taken) memp_free(MEMP_TCP_PCB, block);
  run(1000, 50);
  EXPECT_TRUE(other.open());
}

void Calls::connect_address(err_t error) {
  if (error == ERR_OK) {
    call_address();
    EXPECT_EQ(transports_[0]->progress().layer, Layer::kConnect);
    EXPECT_EQ(transports_[0]->progress().status, Status::kWouldBlock);
    return;
  }
  arm("tcp_connect", error);
  whit::Transport* const transport = call_address();
  expect_hit();
  expect_failed(transport, Layer::kConnect, error);
  EXPECT_EQ(pool_used(MEMP_TCP_PCB), 0u);
}

void Calls::connected_callback(err_t error) {
  Peer* other = nullptr;
  whit::Transport* const transport = dialled(&other);
  if (error == ERR_OK) {
    run(4000, 50);
    EXPECT_TRUE(is_announced(0));
    EXPECT_EQ(transport->progress().layer, Layer::kOpen);
    EXPECT_EQ(transport->progress().status, Status::kOk);
    return;
  }
  in_callback([error] {
    tcp_pcb* const pcb = tcp_active_pcbs;
    EXPECT_EQ(pcb->connected(pcb->callback_arg, pcb, error), ERR_ABRT);
  });
  expect_failed(transport, Layer::kConnect, error);
  EXPECT_EQ(pool_used(MEMP_TCP_PCB), 0u);
}

void Calls::write_failed(err_t error) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  if (error == ERR_OK) return write_ok(error);
  arm("tcp_write", error);
  EXPECT_EQ(transport->write(bytes("x")).status, Status::kFailed);
  expect_hit();
  EXPECT_EQ(transport->error(), error);
  other->send("still read");
  settle();
  EXPECT_EQ(read_all(transport), "still read");
}

void Calls::write_ok(err_t) {
  const whit::Transfer transfer = transports_[0]->write(bytes(pattern(9000)));
  EXPECT_EQ(transfer.status, Status::kOk);
  EXPECT_EQ(transfer.size, static_cast<size_t>(TCP_SND_BUF));
}

void Calls::write_less(err_t) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  arm("tcp_write", ERR_MEM);
  const whit::Transfer transfer = transport->write(bytes(pattern(1000)));
  expect_hit();
  EXPECT_EQ(transfer.status, Status::kOk);
  EXPECT_EQ(transfer.size, 500u);
}

void Calls::write_in_flight(err_t) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  other->acknowledges = false;
  EXPECT_EQ(write(transport, "in flight"), 9u);
  settle();
  arm("tcp_write", ERR_MEM);
  EXPECT_EQ(transport->write(bytes("x")).status, Status::kWouldBlock);
  expect_hit();
  settle();
  EXPECT_TRUE(announced().empty());
  other->acknowledges = true;
  other->acknowledge();
  settle();
  EXPECT_TRUE(is_announced(0));
  EXPECT_EQ(write(transport, "x"), 1u);
}

void Calls::write_starved(err_t) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  (void)announced();
  arm("tcp_write", ERR_MEM);
  EXPECT_EQ(transport->write(bytes("x")).status, Status::kWouldBlock);
  expect_hit();
  EXPECT_TRUE(announced().empty());
  turn();
  EXPECT_TRUE(is_announced(0));
  EXPECT_EQ(write(transport, "x"), 1u);
}

void Calls::output(err_t error) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  arm("tcp_output", error);
  EXPECT_EQ(transport->write(bytes("queued")).size, 6u);
  expect_hit();
  run(2000, 50);
  EXPECT_EQ(other->received, "queued");
}

void Calls::sent_wanted(err_t) { write_in_flight(ERR_OK); }

void Calls::sent_unwanted(err_t) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  (void)announced();
  EXPECT_EQ(write(transport, "x"), 1u);
  settle();
  EXPECT_EQ(other->received, "x");
  EXPECT_EQ(pool_used(MEMP_TCP_SEG), 0u) << "acknowledged";
  EXPECT_TRUE(announced().empty());
}

void Calls::recv_packet(err_t) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  (void)announced();
  other->send("packet");
  settle();
  EXPECT_TRUE(is_announced(0));
  expect_read(transport, "packet", Status::kWouldBlock, ERR_OK);
}

void Calls::recv_refused(err_t) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  Wire::get().pbuf_bytes = 2000;  // not of lwIP's pool, so they cannot be packed
  other->send(pattern(2 * 536));
  settle();
  EXPECT_EQ(network_.counters().receives_refused, 1);
  EXPECT_NE(tcp_active_pcbs->refused_data, nullptr);
  expect_read(transport, pattern(2 * 536), Status::kWouldBlock, ERR_OK);
}

void Calls::recv_end(err_t) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  other->send("before");
  other->finish();
  settle();
  EXPECT_TRUE(is_announced(0));
  expect_read(transport, "before", Status::kClosed, ERR_OK);
  EXPECT_NE(tcp_active_pcbs, nullptr);
}

void Calls::recv_both_ends(err_t) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  EXPECT_EQ(transport->finish(), Status::kOk);
  settle();
  other->send("before");
  other->finish();
  settle();
  EXPECT_EQ(transport->remote().size, 0) << "let go";
  expect_read(transport, "before", Status::kClosed, ERR_OK);
}

void Calls::recv_packet_error(err_t error) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  other->send("before");
  settle();
  in_callback([error] {
    tcp_pcb* const pcb = tcp_active_pcbs;
    pbuf* const packet = pbuf_alloc(PBUF_RAW, 10, PBUF_POOL);
    EXPECT_EQ(pcb->recv(pcb->callback_arg, pcb, packet, error), ERR_ABRT);
  });
  EXPECT_EQ(tcp_active_pcbs, nullptr);
  EXPECT_TRUE(is_announced(0));
  expect_read(transport, "before", Status::kFailed, error);
  EXPECT_EQ(pool_used(MEMP_PBUF_POOL), 0u);
}

void Calls::recv_end_error(err_t error) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  in_callback([error] {
    tcp_pcb* const pcb = tcp_active_pcbs;
    EXPECT_EQ(pcb->recv(pcb->callback_arg, pcb, nullptr, error), ERR_ABRT);
  });
  EXPECT_EQ(tcp_active_pcbs, nullptr);
  EXPECT_TRUE(is_announced(0));
  expect_read(transport, "", Status::kFailed, error);
}

void Calls::recv_waiting(err_t) {
  Peer* other = nullptr;
  wait_in_line(&other);
  other->send("early");
  settle();
  EXPECT_TRUE(announced().empty());
  used(0, network_.accept(0, 0));
  EXPECT_TRUE(is_announced(0));
  expect_read(transports_[0], "early", Status::kWouldBlock, ERR_OK);
}

void Calls::recv_waiting_end(err_t) {
  Peer* other = nullptr;
  wait_in_line(&other);
  other->finish();
  settle();
  EXPECT_TRUE(announced().empty());
  used(0, network_.accept(0, 0));
  EXPECT_TRUE(is_announced(0));
  expect_read(transports_[0], "", Status::kClosed, ERR_OK);
}

void Calls::refused(err_t error) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  Wire::get().pbuf_bytes = 2000;  // packets that cannot be joined
  other->segment_bytes = 10;
  other->send(pattern(20));
  settle();
  ASSERT_NE(tcp_active_pcbs->refused_data, nullptr);
  (void)announced();
  uint8_t buffer[10];
  if (error == ERR_ABRT) {
    arm("tcp_process_refused_data", error);
    EXPECT_EQ(transport->read({buffer, 5}).size, 5u);
    expect_hit();
    EXPECT_TRUE(is_announced(0));
    expect_read(transport, pattern(10).substr(5), Status::kFailed, ERR_ABRT);
    return;
  }
  if (error == ERR_OK) {
    EXPECT_EQ(transport->read({buffer, 10}).size, 10u);
    EXPECT_TRUE(is_announced(0));
    EXPECT_EQ(transport->read({buffer, 10}).size, 10u);
    return;
  }
  // One byte of ten: the packet is still there, so the next one has no place.
  EXPECT_EQ(transport->read({buffer, 1}).size, 1u);
  EXPECT_NE(tcp_active_pcbs->refused_data, nullptr);
  expect_read(transport, pattern(20).substr(1), Status::kWouldBlock, ERR_OK);
}

void Calls::shutdown(err_t error) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  (void)announced();
  if (error != ERR_OK) arm("tcp_shutdown", error);
  EXPECT_EQ(transport->finish(), error == ERR_MEM ? Status::kWouldBlock : Status::kOk);
  if (error != ERR_OK) expect_hit();
  if (error == ERR_MEM) {
    turn();
    EXPECT_TRUE(is_announced(0));
    EXPECT_EQ(transport->finish(), Status::kOk);
  }
  settle();
  EXPECT_EQ(other->got_fin, error == ERR_OK || error == ERR_MEM);
  EXPECT_EQ(transport->finish(), Status::kOk);
}

// ERR_RST and ERR_ABRT come from lwIP itself in network_test.cpp; here they come at a known moment.
void Calls::err_connecting(err_t error) {
  Peer* other = nullptr;
  whit::Transport* const transport = dialled(&other);
  break_connection(error);
  expect_failed(transport, Layer::kConnect, error);
}

void Calls::err_open(err_t error) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  other->send("before");
  settle();
  (void)announced();
  break_connection(error);
  EXPECT_TRUE(is_announced(0));
  expect_read(transport, "before", error == ERR_CLSD ? Status::kClosed : Status::kFailed, error);
}

void Calls::err_peer_ended(err_t error) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  other->finish();
  settle();
  break_connection(error);
  expect_read(transport, "", Status::kClosed, error);
  EXPECT_EQ(transport->write(bytes("x")).status, Status::kFailed);
  EXPECT_EQ(transport->finish(), Status::kFailed);
  EXPECT_EQ(transport->error(), error);
}

void Calls::err_waiting(err_t error) {
  Peer* other = nullptr;
  wait_in_line(&other);
  other->send("early");
  settle();
  break_connection(error);
  EXPECT_EQ(network_.counters().waiting, 0);
  EXPECT_EQ(network_.accept(0, 0), nullptr);
  EXPECT_EQ(pool_used(MEMP_PBUF_POOL), 0u);
}

void Calls::new_name(err_t) {
  whit::Transport* const transport = call_name();
  arm("tcp_new_ip_type");
  answer_name();
  expect_hit();
  expect_failed(transport, Layer::kConnect, ERR_MEM);
}

void Calls::connect_name(err_t error) {
  whit::Transport* const transport = call_name();
  if (error != ERR_OK) arm("tcp_connect", error);
  answer_name();
  if (error == ERR_OK) {
    EXPECT_EQ(transport->progress().layer, Layer::kConnect);
    EXPECT_EQ(transport->progress().status, Status::kWouldBlock);
    return;
  }
  expect_hit();
  expect_failed(transport, Layer::kConnect, error);
  EXPECT_EQ(pool_used(MEMP_TCP_PCB), 0u);
}

void Calls::dns_at_once(err_t error) {
  if (error == ERR_INPROGRESS) {
    EXPECT_EQ(call_name()->progress().layer, Layer::kResolve);
    EXPECT_EQ(transports_[0]->progress().status, Status::kWouldBlock);
    return;
  }
  arm("dns_gethostbyname_addrtype", error);
  if (error == ERR_OK) {
    EXPECT_EQ(call_name()->progress().layer, Layer::kConnect);
  } else {
    call_name(Status::kFailed);
    EXPECT_EQ(network_.error(), error);
  }
  expect_hit();
}

void Calls::found_address(err_t) {
  whit::Transport* const transport = call_name();
  answer_name();
  EXPECT_TRUE(is_announced(0));
  EXPECT_EQ(transport->progress().layer, Layer::kConnect);
  EXPECT_EQ(transport->progress().status, Status::kWouldBlock);
}

void Calls::found_null(err_t) {
  whit::Transport* const transport = call_name();
  answer_name(3);
  expect_failed(transport, Layer::kResolve, ERR_VAL);
}

void Calls::found_inside(err_t) {
  arm("found");
  whit::Transport* const transport = call_name();
  expect_hit();
  expect_failed(transport, Layer::kResolve, ERR_VAL);
}

void Calls::found_cancelled_address(err_t) {
  call_name();
  abort(0);
  answer_name();
  EXPECT_TRUE(announced().empty());
  EXPECT_EQ(pool_used(MEMP_TCP_PCB), 0u);
}

void Calls::found_cancelled_null(err_t) {
  call_name();
  abort(0);
  answer_name(3);
  EXPECT_TRUE(announced().empty());
}

class EveryCell : public Calls, public testing::WithParamInterface<std::string> {};

TEST_P(EveryCell, IsAsTheTableSays) {
  ASSERT_TRUE(has_row(GetParam())) << "the table has a row that no test forces: " << GetParam();
  run_cell(GetParam());
}

std::string cell_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = std::to_string(info.index) + '_';
  for (const char one : info.param) name += isalnum(static_cast<unsigned char>(one)) != 0 ? one : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Table, EveryCell, testing::ValuesIn(Calls::cells()), cell_name);

// The other direction: each test has its row, and each lwIP function that the port calls is on the page.
TEST_F(Calls, EachTestHasItsRow) {
  std::set<std::string> written;
  for (const std::string& cell : cells()) written.insert(row_of(cell));
  ASSERT_GT(written.size(), 30u) << "port/whit/lwip/README.md was not found, or has no table";
  for (const auto& row : rows()) EXPECT_EQ(written.count(row.first), 1u) << row.first;
}

std::string text_of(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST_F(Calls, EachFunctionOfLwipIsOnThePage) {
  const std::string page = text_of(WHIT_SOURCE_DIR "/port/whit/lwip/README.md");
  int found = 0;
  for (const char* file :
       {"lwip_stream.cpp", "lwip_transport.cpp", "lwip_network.cpp", "lwip_resolve.cpp", "lwip_address.h"}) {
    const std::string source = text_of(std::string(WHIT_SOURCE_DIR "/port/whit/lwip/") + file);
    for (size_t at = source.find('('); at != std::string::npos; at = source.find('(', at + 1)) {
      size_t start = at;
      while (start > 0 && (isalnum(static_cast<unsigned char>(source[start - 1])) != 0 || source[start - 1] == '_'))
        --start;
      const std::string name = source.substr(start, at - start);
      const std::string prefix = name.substr(0, name.find('_') + 1);
      static const std::set<std::string> prefixes = {"tcp_", "pbuf_",   "dns_", "netif_", "ip_",   "ip4_",
                                                     "ip6_", "ipaddr_", "sys_", "mem_",   "memp_", "udp_"};
      if (prefixes.count(prefix) == 0 || name == "ip_2_ip4" || name == "ip_2_ip6") continue;
      ++found;
      EXPECT_NE(page.find('`' + name + '`'), std::string::npos) << name << " in " << file;
    }
  }
  EXPECT_GT(found, 30);
}

}  // namespace
}  // namespace lwip_test
