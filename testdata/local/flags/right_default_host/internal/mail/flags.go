package mail

import "flag"

var host string

func init() {
	flag.StringVar(&host, "smtp-host", "localhost", "host of the SMTP server")
}
