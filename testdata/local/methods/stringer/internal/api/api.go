package api

import (
	"fmt"
	"net/url"
)

type Client struct {
	baseURL string
	token   string
}

var Default = new(Client)

func (c *Client) Configure(baseURL, token string) *Client {
	c.baseURL, c.token = baseURL, token
	return c
}

func (c *Client) String() string { return "client of " + c.baseURL }

func (c *Client) Get(path string) error {
	u, err := url.Parse(c.baseURL + path)
	if err != nil {
		return err
	}
	if !u.IsAbs() {
		return fmt.Errorf("api: %s: unsupported protocol scheme", u)
	}
	fmt.Println("fetched", u)
	return nil
}
