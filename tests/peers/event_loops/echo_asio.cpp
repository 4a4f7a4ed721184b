// SPDX-License-Identifier: MIT
// Whit in a program that runs on asio.
#include <asio.hpp>

#include "echo.h"

namespace {

class Driver {
 public:
  explicit Driver(asio::io_context& context) : descriptor_(context, echo.network.descriptor()), timer_(context) {}
  ~Driver() { descriptor_.release(); }  // it is the network's

  void turn() {
    const uint32_t wait_ms = echo.turn();
    if (echo.over) return;
    timer_.expires_after(std::chrono::milliseconds(wait_ms));  // ends the wait before it
    timer_.async_wait([this](const asio::error_code& error) {
      if (!error) turn();
    });
    if (watching_) return;
    watching_ = true;
    descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const asio::error_code& error) {
      watching_ = false;
      if (!error) turn();
    });
  }

 private:
  asio::posix::stream_descriptor descriptor_;
  asio::steady_timer timer_;
  bool watching_ = false;
};

}  // namespace

int main() {
  asio::io_context context;
  if (!echo.listen()) return 1;
  Driver driver(context);
  driver.turn();
  while (!echo.over) context.run_one();
  std::printf("turns: %u\n", echo.turns);
}
