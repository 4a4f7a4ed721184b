// SPDX-License-Identifier: MIT
// PosixSocket: a Transport over one non-blocking TCP socket of BSD's API. It never waits, raises no SIGPIPE and keeps
// errno. It only notes what it waits for; PosixEpollNetwork or PosixPollNetwork learns when the socket is ready.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "whit/bytes.h"
#include "whit/status.h"
#include "whit/transport.h"

struct addrinfo;

namespace whit {

class PosixNetworkBase;
struct PosixDial;
namespace posix {
struct NameAnswer;
}

class PosixSocket final : public Transport {
 public:
  PosixSocket()
      : opened_(false), read_armed_(false), write_armed_(false), ending_(false), ended_(false), finished_(false) {}

  Progress progress() override;
  Transfer read(MutableBytes destination) override;
  Transfer write(Bytes source) override;
  Status finish() override;
  uint32_t unacknowledged() const override;
  void abort() override;

  // errno; when the name could not be resolved EAI_* of getaddrinfo, which is below zero here on every system.
  // posix_error.h has the words.
  int32_t error() const override { return error_; }

  // Asks the kernel, so it is known only while the connection is up. IPv4 seen through an IPv6 listener is IPv4.
  Address remote() const override;

  // For the network that owns it.
  void begin(PosixNetworkBase* network, uint16_t index);
  void take(int descriptor);                    // accepted
  void fail_early(Layer layer, int32_t error);  // before there is a descriptor: kResolve or kConnect
  void dial(const struct addrinfo* address);    // the only one
  void wait_for_name(PosixDial* dial);          // whose place is given back as soon as it is not needed any more
  void name_answered(const posix::NameAnswer& answer);
  void expire_address(uint32_t now_ms);  // goes on with the next one, if the present one has had its time
  void note_end() { ending_ = true; }    // an end or an error waits behind the bytes
  void disarm_read() { read_armed_ = false; }
  void disarm_write() { write_armed_ = false; }
  bool read_armed() const { return read_armed_; }    // the loop was told "nothing more"
  bool write_armed() const { return write_armed_; }  // the loop was told "no room", or waits for connect
  int descriptor() const { return descriptor_; }
  uint32_t generation() const { return generation_; }
  bool in_use() const { return state_ != State::kFree; }

 private:
  enum class State : uint8_t { kFree, kResolving, kUnresolved, kConnecting, kOpen, kFailed };

  void dial_next();
  void limit_address();
  bool start(const struct addrinfo& address);
  void close_descriptor();
  void drop_dial();
  Status fail(int32_t error);
  Status nothing_read(ssize_t result);

  PosixNetworkBase* network_ = nullptr;
  PosixDial* dial_ = nullptr;  // until the last address of a name is being tried
  int descriptor_ = -1;
  int32_t error_ = 0;
  uint32_t generation_ = 0;  // counts the descriptors of this index, so that old news can be told from new
  uint16_t index_ = 0;
  State state_ = State::kFree;
  // One byte, because every idle connection pays for it.
  bool opened_ : 1;  // in kFailed: it had been open
  bool read_armed_ : 1;
  bool write_armed_ : 1;
  bool ending_ : 1;
  bool ended_ : 1;     // the peer has finished
  bool finished_ : 1;  // so have we
};

}  // namespace whit
