// SPDX-License-Identifier: Apache-2.0
//
// A program that is linked to the image's C++ library and what compilers add: OpenMP and atomic operations on wide values.
#include "image.h"
#include "libc.h"
#include <atomic>
#include <chrono>
#include <exception>
#include <filesystem>
#include <locale>
#include <memory>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <typeinfo>
#include <vector>

static void check_exceptions() {
    // Thrown in one thread, caught in another, by its base.
    std::exception_ptr thrown;
    std::thread([&] {
        try {
            throw std::runtime_error("stone");
        } catch (...) {
            thrown = std::current_exception();
        }
    }).join();
    std::string found;
    try {
        if (thrown) std::rethrow_exception(thrown);
    } catch (const std::exception &error) {
        found = error.what();
    }
    check("an exception crosses threads", found == "stone", "expected stone, found '%s'", found.c_str());
    bool refused = false;
    try {
        (void)dynamic_cast<const std::out_of_range &>(static_cast<const std::exception &>(std::bad_alloc()));
    } catch (const std::bad_cast &) {
        refused = true;
    }
    check("types are known while running", refused, "expected bad_cast, found none");
}

static void check_library_of_cpp() {
    std::ostringstream text;
    text.imbue(std::locale("C.UTF-8"));
    text << 1.5 << ' ' << std::filesystem::path("/a/../b").lexically_normal().string();
    check("streams, locales and paths", text.str() == "1.5 /b", "expected '1.5 /b', found '%s'", text.str().c_str());
    check("regular expressions", std::regex_match("ashlar-7", std::regex("[a-z]+-([0-9])")), "expected a match, found none");
#if __GNUC__ >= 13
    auto moment = std::chrono::sys_days{std::chrono::year{2026} / 7 / 15} + std::chrono::hours{12};
    auto shift = std::chrono::locate_zone("Europe/Berlin")->get_info(moment).offset;
    check("the library's own list of zones", shift == std::chrono::hours{2}, "expected 7200 s, found %lld", (long long)shift.count());
#endif
}

struct alignas(16) Wide {
    long long low, high;
};

static void check_compilers_libraries() {
    std::atomic<Wide> wide{Wide{1, 2}};
    Wide expected{1, 2};
    check("wide values change at once", wide.compare_exchange_strong(expected, Wide{3, 4}) && wide.load().high == 4, "expected 4, found %lld", wide.load().high);
    std::vector<int> shares(64);
    int workers = 0;
#pragma omp parallel for num_threads(4)
    for (int i = 0; i < 64; i++) shares[static_cast<std::size_t>(i)] = i;
#pragma omp parallel num_threads(4)
    {
#pragma omp atomic
        workers++;
    }
    int sum = 0;
    for (int share : shares) sum += share;
    check("OpenMP shares work", sum == 2016 && workers == 4, "expected 2016 by 4 threads, found %d by %d", sum, workers);
}

int main() {
    check_image();
    check_libc();
    check_exceptions();
    check_library_of_cpp();
    check_compilers_libraries();
    return checks_end();
}
