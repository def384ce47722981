# churn.sh - as churn.c, by a shell and the programs that it starts. To be killed at any moment.
while :; do
	: > s1
	mv s1 s2
	: >> s3
	ln -f s3 s4
	mkdir s5
	rm -f s2 s3 s4
	rmdir s5
done
