package app

type Config struct {
	Queue   string `json:"queue"`
	Retries int    `json:"retries"`
}

var Conf Config
