// SPDX-License-Identifier: MIT
// Reads the text vectors of tests/unit/vectors (its README.md has the format). Knows nothing of the code under test.
#pragma once

#include <stdint.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace whit::vectors {

// The state that a vector needs: its own role, and the results of the handshake.
struct Values {
  bool peer_masks = false;  // {..} in `in`; in `out` frames are always written without a mask
  std::string accept;       // <accept>: of the server's answer
};

struct Vector {
  std::string file;
  int line = 0;
  std::string name;
  std::vector<std::string> covers;
  bool server = true;
  bool starts_open = true;  // the opening handshake is done before the first byte of `in`
  uint32_t buffer_bytes = 512;
  std::map<std::string, std::string> options;
  std::vector<std::string> actions;  // "open send text ..": when, what, how
  std::string in;                    // not expanded
  bool ends_with_fin = false;
  std::vector<std::string> events;
  std::string out;
  bool joined = false;  // compare whole messages: how they were cut depends on how the input was
  std::string tcp;      // "open", "ended", or nothing said

  std::string place() const { return file + ":" + std::to_string(line) + " " + name; }
};

class SyntaxError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// All vectors of a file; those of both roles become two.
std::vector<Vector> read_vectors(const std::string& path);

// The bytes that an expression stands for.
std::string expand(const std::string& expression, const Values& values);

// Bytes so that they can be read: the same notation as in the files.
std::string printed(const std::string& bytes);

}  // namespace whit::vectors
