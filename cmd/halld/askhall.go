package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"halld/display"
)

// askHall asks a running hall over its API. A refusal is a *display.Problem.
func askHall(ctx context.Context, url, token, method, path string, body, into any) error {
	if token == "" {
		return wrongUse{errors.New("a token is needed: --token or HALLD_TOKEN, made with halld token create --role admin")}
	}
	if !strings.Contains(url, "://") {
		url = "http://" + url
	}
	var in io.Reader = http.NoBody
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		in = bytes.NewReader(b)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(url, "/")+path, in)
	if err != nil {
		return wrongUse{fmt.Errorf("--url: %w", err)}
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask the hall at %s: %w; is halld serve running there?", url, err)
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		var p display.Problem
		if json.NewDecoder(res.Body).Decode(&p) != nil || p.Code == "" {
			return fmt.Errorf("ask the hall at %s: %s", url, res.Status)
		}
		if p.Detail == "" {
			p.Detail = p.Title
		}
		return fmt.Errorf("the hall says %s: %w", p.Code, &p)
	}
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		return fmt.Errorf("read the hall's answer: %w", err)
	}
	return nil
}
