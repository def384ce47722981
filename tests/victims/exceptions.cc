// exceptions.cc - throws 50,000 exceptions through frames that make pages, in two threads. 1,000 pages released.
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>

struct Page {
	std::string path;
	explicit Page(std::string name) : path(std::move(name))
	{
		int fd = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
		if (fd < 0)
			abort();
		close(fd);
	}
	~Page()
	{
		unlink(path.c_str());
	}
};

__attribute__((noinline)) static int deep(int depth, int number, const std::string &name)
{
	if (depth)
		return deep(depth - 1, number, name) + 1;
	if (number % 50)
		throw std::runtime_error(name);
	Page page(name);
	throw number;
}

static void work(const char *name, int *caught)
{
	for (int i = 0; i < 25000; i++) {
		try {
			deep(i % 20, i, name);
		} catch (int number) {
			*caught += number == i;
		} catch (const std::exception &error) {
			*caught += error.what() == std::string(name);
		}
	}
}

int main()
{
	int one = 0, two = 0;
	std::thread other(work, "other", &two);
	work("main", &one);
	other.join();
	printf("%d %d\npages 1000 0\n", one, two);
}
