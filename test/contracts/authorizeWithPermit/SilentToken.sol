// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A token like wrapped ether: it has no permit, but whatever it does not know ends in a fallback that succeeds
contract SilentToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    uint256 public unknownCalls;

    function mint(address to, uint256 value) external {
        balanceOf[to] += value;
    }
    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        return true;
    }
    function transfer(address to, uint256 value) external returns (bool) {
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
        return true;
    }
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        allowance[from][msg.sender] -= value;
        balanceOf[from] -= value;
        balanceOf[to] += value;
        return true;
    }

    fallback() external {
        ++unknownCalls;
    }
}
