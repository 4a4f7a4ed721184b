// SPDX-License-Identifier: MIT
// lwip/sockets.h next to Whit's headers, in either order: working code, or one clear message. Runs the compiler.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const std::string kMessage = "Set LWIP_COMPAT_SOCKETS to 2 (functions) or 0 in lwipopts.h";

struct Outcome {
  bool compiled = false;
  std::vector<std::string> errors;
  std::string all;
};

class Sockets : public testing::Test {
 protected:
  Sockets() : folder_(fs::temp_directory_path() / ("whit_sockets_" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
    std::ofstream headers(folder_ / "all_headers.h");
    for (const auto& entry : fs::directory_iterator(fs::path(WHIT_SOURCE_DIR) / "stack/whit")) {
      if (entry.path().extension() == ".h") headers << "#include \"whit/" << entry.path().filename().string() << "\"\n";
    }
  }
  ~Sockets() override { fs::remove_all(folder_); }

  Outcome compile(const std::string& definitions) {
    const std::string root = WHIT_SOURCE_DIR;
    const std::string command = std::string(WHIT_CXX) + " -std=c++17 -fsyntax-only " + definitions + " -I" + root + "/stack -I" +
                                root + "/port -I" + root + "/tests/unit/port/lwip/sockets -I" + folder_.string() + " -isystem " +
                                WHIT_LWIP_INCLUDE + " " + root + "/tests/unit/port/lwip/sockets/user.cpp 2>&1";
    Outcome outcome;
    FILE* const pipe = popen(command.c_str(), "r");
    char line[4096];
    while (fgets(line, sizeof line, pipe) != nullptr) {
      outcome.all += line;
      if (std::string(line).find("error:") != std::string::npos) outcome.errors.push_back(line);
    }
    outcome.compiled = pclose(pipe) == 0;
    return outcome;
  }

  fs::path folder_;
};

TEST_F(Sockets, AsFunctionsTheyGoTogetherInEitherOrder) {
  for (const char* order : {"-DSOCKETS_FIRST=1", "-DSOCKETS_FIRST=0"}) {
    for (const char* port : {" -DWITH_PORT=1", " -DWITH_PORT=0"}) {
      const Outcome outcome = compile(std::string("-DTEST_COMPAT_SOCKETS=2 ") + order + port);
      EXPECT_TRUE(outcome.compiled) << order << port << "\n" << outcome.all;
    }
  }
}

TEST_F(Sockets, WithoutTheirShortNamesTheyGoTogetherInEitherOrder) {
  for (const char* order : {"-DSOCKETS_FIRST=1", "-DSOCKETS_FIRST=0"}) {
    const Outcome outcome = compile(std::string("-DTEST_COMPAT_SOCKETS=0 -DWITH_PORT=1 -DWITHOUT_NAMES=1 ") + order);
    EXPECT_TRUE(outcome.compiled) << order << "\n" << outcome.all;
  }
}

TEST_F(Sockets, AsMacrosTheyGiveOneClearMessageInEitherOrder) {
  for (const char* order : {"-DSOCKETS_FIRST=1", "-DSOCKETS_FIRST=0"}) {
    const Outcome outcome = compile(std::string("-DTEST_COMPAT_SOCKETS=1 -DWITH_PORT=1 -DWITHOUT_NAMES=1 ") + order);
    EXPECT_FALSE(outcome.compiled);
    ASSERT_EQ(outcome.errors.size(), 1u) << order << "\n" << outcome.all;
    EXPECT_NE(outcome.errors[0].find(kMessage), std::string::npos) << outcome.errors[0];
  }
}

// A file that knows nothing of the port. (Whit's headers first: then the port's own files say it.)
TEST_F(Sockets, AsMacrosBeforeThePublicHeadersAloneTheyGiveOneClearMessage) {
  const Outcome outcome = compile("-DTEST_COMPAT_SOCKETS=1 -DWITH_PORT=0 -DWITHOUT_NAMES=1 -DSOCKETS_FIRST=1");
  EXPECT_FALSE(outcome.compiled);
  ASSERT_EQ(outcome.errors.size(), 1u) << outcome.all;
  EXPECT_NE(outcome.errors[0].find(kMessage), std::string::npos) << outcome.errors[0];
}

}  // namespace
