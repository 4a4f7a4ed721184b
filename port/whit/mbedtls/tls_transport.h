// SPDX-License-Identifier: MIT
// TlsTransport: one TLS connection over the Transport of another port. Never blocks, keeps readiness sticky, and gives
// its memory back to the arena when it ends, fails or is aborted.
//
// Until TCP is open and one of WHIT_TLS_HANDSHAKES places is free, it holds no memory but a client's host name.
// README.md has the traps of Mbed TLS that its code walks around.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tls_arena.h"
#include "tls_error.h"
#include "tls_records.h"
#include "whit/bytes.h"
#include "whit/status.h"
#include "whit/transport.h"

struct mbedtls_ssl_context;
struct mbedtls_ssl_session;
struct mbedtls_x509_crt;

namespace whit {

class TlsNetworkBase;

class TlsTransport final : public Transport {
 public:
  TlsTransport() = default;

  Progress progress() override;
  Transfer read(MutableBytes destination) override;
  Transfer write(Bytes source) override;
  Status finish() override;
  uint32_t unacknowledged() const override;  // bytes of records
  void abort() override;
  int32_t error() const override;
  Address remote() const override;

  // For mbedtls_ssl_conf_session_tickets_cb(); the first notes that the server has resumed a session.
  static int parse_ticket(void* tickets, mbedtls_ssl_session* session, unsigned char* bytes, size_t size);
  static int write_ticket(void* tickets, const mbedtls_ssl_session* session, unsigned char* out,
                          const unsigned char* end, size_t* size, uint32_t* lifetime_s);

 private:
  friend class TlsNetworkBase;

  TlsTransport(TlsNetworkBase* owner, uint16_t index, bool server) : network_(owner), index_(index), server_(server) {}
  // Constructs in the memory of the connection before.
  static void* operator new(size_t, TlsTransport* place) { return place; }

  enum class Stage : uint8_t {
    kFree,
    kBelow,    // the transport below resolves or connects
    kSilent,   // it is open, and the client of a server has sent nothing yet; takes no place
    kWaiting,  // waits for a place among the handshakes
    kHandshaking,
    kOpen,
    kEnded,    // the peer's close_notify has come
    kRefused,  // the handshake failed: an alert is on its way, the peer's bytes are thrown away. Until the transport
               // below has taken the alert, the memory in which it lies is kept
    kFailed,
  };

  void begin(Transport* below, bool server);
  void begin_client(Transport* below, Text host, uint16_t port);
  bool has_spoken();
  int32_t set_up();
  int32_t set_peer_name();
  void offer_session();
  bool retry_without_session(int result);
  void save_session();
  Progress handshake_step();
  void use_application_keys();
  void handshake_done();
  void drop_context();
  void leave_handshake();

  Transfer discard();
  Transfer end(int result);
  Status fail(int result);
  int32_t failure(int result) const;
  int32_t certificate_failure(int result) const;
  int32_t stream_failure(int result) const;
  void choose_alert(int result);
  uint8_t alert_for(int result) const;
  bool send_last();
  void note_output();
  bool output_grew() const;

  Transfer taken(uint32_t size);
  uint32_t record_size(size_t size) const;
  bool handshake_over() const;
  bool output_left() const;
  bool flush();
  bool below_is_dry(int result) const;
  Text host() const { return {host_, host_size_}; }

  static int send(void* self, const unsigned char* data, size_t size);
  static int receive(void* self, unsigned char* destination, size_t size);
  static int verify(void* self, mbedtls_x509_crt* certificate, int depth, uint32_t* flags);
  uint32_t check_name(const mbedtls_x509_crt& certificate) const;

  TlsNetworkBase* network_ = nullptr;
  Transport* below_ = nullptr;
  mbedtls_ssl_context* ssl_ = nullptr;
  char* host_ = nullptr;  // in the arena, ended by NUL; a client's
  TlsArenaShare share_;
  int32_t error_ = 0;
  uint32_t blocked_size_ = 0;  // of the application's bytes in the record that is half on its way
  int pending_end_ = 0;        // result of Mbed TLS behind the last bytes, for the next read()
  uint16_t host_size_ = 0;
  uint16_t port_ = 0;
  uint16_t index_ = 0;
  Stage stage_ = Stage::kFree;
  TlsRecords records_;
  uint8_t first_byte_ = 0;   // that the peer sent
  uint8_t alert_ = 0;        // to be sent; 0: none
  uint8_t plain_alert_ = 0;  // bytes left of an alert that is sent without Mbed TLS
  uint8_t last_count_ = 0;   // of the records that were sent before the present step
  bool server_ = false;
  bool below_blocked_ = false;  // the transport below returned kWouldBlock in this call
  bool below_ended_ = false;
  bool below_failed_ = false;
  bool has_turn_ = false;  // counts among the handshakes under way
  bool offered_ = false;   // client: a stored session was offered
  bool retried_ = false;   // ... which was refused; this connection has begun anew without
  bool resumed_ = false;
  bool verified_ = false;  // the peer's certificate was checked: a full handshake
  bool no_clock_ = false;
  bool starved_ = false;   // an allocation was refused during the handshake
  bool notified_ = false;  // our close_notify has been made
};

}  // namespace whit
